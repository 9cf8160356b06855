import type { Lane } from './requests.ts';
import type { RingModel } from './ring-model.ts';

/** "c3", "c3′" for a second recv on its socket; of another process "fd 7", "file 2", "ud 1003", behind "r2" where there are several rings. */
export function laneName(model: RingModel, lane: Lane): string {
  if (lane.ring === 0) return lane.firstSlot < 0 ? `c${lane.slot}` : `c${lane.firstSlot}′`;
  const of = model.rings.size > 1 ? `r${lane.ring} ` : '';
  if (lane.fd >= 0) return `${of}${lane.fixedFile ? 'file' : 'fd'} ${lane.fd}`;
  return `${of}ud ${model.dictionary.valueOf(lane.ud).toString(16).slice(-6)}`;
}
