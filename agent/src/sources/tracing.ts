/** How the kernel's tracepoints can be read on this machine, beside what the ring can do (probeFeatures). */
import { type KernelBackend, loadAddon } from '../../../native/index.ts';

/** Tries each way for real, and undoes it. Throws NativeError where there is no addon. */
export function probeTracing(): { backends: KernelBackend[]; missing: string[] | undefined } {
  const addon = loadAddon();
  const backends = addon.kernelAccess();
  try {
    return { backends, missing: addon.missingTracepoints() };
  } catch {
    return { backends, missing: undefined };
  }
}
