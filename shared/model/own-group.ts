import type { BufferGroup } from './buffer-group.ts';
import type { RingModel } from './ring-model.ts';

/** The group of the own workload; null where there is none (yet). */
export function ownGroup(model: RingModel): BufferGroup | null {
  for (const group of model.groups.values()) if (group.ring === 0) return group;
  return null;
}
