/** Made-up machines for the tests of the checks. */
import type { RingFeatures } from '../../../shared/protocol/messages.ts';
import type { Environment, Tracing } from './environment.ts';

export const allFeatures: RingFeatures = {
  multishotRecv: true,
  bufRing: true,
  bundle: true,
  incremental: true,
  coopTaskrun: true,
  singleIssuer: true,
  deferTaskrun: true,
  sqpoll: true,
};

/** What the addon says of a back end that is refused; undefined = permitted. */
type Refusal = { reason: string; remedy: string } | undefined;

export const needsRoot: Refusal = {
  reason: "tracefs can't be written; run as root. (mkdir: EACCES)",
  remedy: 'Run ringlens as root (sudo), or with CAP_SYS_ADMIN.',
};

/** How the tracepoints can be read: the refusals of both back ends, and the missing tracepoints; null = tracefs can't be opened. */
export function tracing(tracefs: Refusal, perf: Refusal, missing: string[] | null = []): () => Tracing {
  const backend = (name: string, refusal: Refusal) => ({
    name,
    permitted: refusal === undefined,
    ...(refusal ?? { reason: '', remedy: '' }),
  });
  return () => ({ backends: [backend('tracefs', tracefs), backend('perf', perf)], missing: missing ?? undefined });
}

/** A user without any rights on a Linux that has everything; a test overrides what it is about. */
export function machine(facts: Partial<Environment> = {}, sysctls: Record<string, number> = {}): Environment {
  return {
    platform: 'linux',
    system: 'Linux',
    kernelRelease: '6.18.0',
    cpus: 2,
    command: 'ringlens',
    isRoot: false,
    groups: [1000],
    capabilities: 0n,
    inUserNamespace: false,
    seccompMode: 0,
    lockedMemoryBytes: 8 * 1024 * 1024,
    tracefs: undefined,
    sysctl: (name) => ({ 'kernel.perf_event_paranoid': 2, ...sysctls })[name],
    features: () => allFeatures,
    tracing: tracing(needsRoot, needsRoot, null),
    ...facts,
  };
}

/** Every capability. */
export const ALL = 0x1ff_ffff_ffffn;
export const PERFMON = 1n << 38n;
export const IPC_LOCK = 1n << 14n;
export const SYS_PTRACE = 1n << 19n;

/** Root on a machine that permits everything. */
export const root: Partial<Environment> = { isRoot: true, capabilities: ALL, tracing: tracing(undefined, undefined) };

/** A trial that fails as a system call, or the loading of the addon, does. */
export const failing = (code: string) => () => {
  throw Object.assign(new Error(`io_uring_setup: ${code}`), { code });
};

/** Another system: nothing of Linux is there. */
export const darwin: Partial<Environment> = {
  platform: 'darwin',
  system: 'Darwin',
  kernelRelease: '24.1.0',
  seccompMode: undefined,
  lockedMemoryBytes: undefined,
  features: failing('EUNSUPPORTED'),
  tracing: () => undefined,
};
