import type { Lane } from './requests.ts';
import type { RingModel } from './ring-model.ts';

/** "c3"; of another process "fd 7", "file 2", "ud 1003", behind "r2" where there are several rings. */
export function laneName(model: RingModel, lane: Lane): string {
  if (lane.ring === 0) return `c${lane.slot}`;
  const of = model.rings.size > 1 ? `r${lane.ring} ` : '';
  if (lane.fd >= 0) return `${of}${lane.fixedFile ? 'file' : 'fd'} ${lane.fd}`;
  return `${of}ud ${model.dictionary.valueOf(lane.ud).toString(16).slice(-6)}`;
}
