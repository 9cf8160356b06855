/** What the picture says of rings and groups, and how lanes are called. */
import type { BufferGroup } from '../../../shared/model/buffer-group.ts';
import { groupKeyOf } from '../../../shared/model/group-key.ts';
import type { RingModel } from '../../../shared/model/ring-model.ts';
import { BidState, NO_GROUP } from '../../../shared/schema/events.ts';
import type { GroupChoice, RingView } from './picture.ts';

/** Lanes and groups of ring 0 are of the own workload; of a ring that turned out to be ours, what was guessed before is void. */
const counts = (model: RingModel, ring: number): boolean => ring === 0 || model.rings.get(ring)?.foreign === true;

export const isShown = (model: RingModel, ring: number, chosen: number | null): boolean =>
  counts(model, ring) && (chosen === null || ring === 0 || ring === chosen);

export function ringViews(model: RingModel): RingView[] {
  const views = new Map<number, RingView>();
  for (const ring of model.rings.values()) views.set(ring.id, { ...ring, lanes: 0, armed: 0 });
  for (const lane of model.lanes) {
    const view = lane === undefined || lane.ring === 0 ? undefined : views.get(lane.ring);
    if (lane === undefined || view === undefined || !lane.open) continue;
    view.lanes++;
    if (lane.armed) view.armed++;
  }
  return [...views.values()];
}

export function groupChoices(model: RingModel, ring: number | null): GroupChoice[] {
  const choices: GroupChoice[] = [];
  for (const [key, { ring: of, bgid, buffers }] of model.groups) {
    if (isShown(model, of, ring)) choices.push({ key, ring: of, bgid, buffers });
  }
  return choices;
}

/** The group that is asked for, or the first of the ring. */
export function chosenGroup(model: RingModel, ring: number | null, key: number | null): BufferGroup | null {
  const asked = key === null ? undefined : model.groups.get(key);
  if (asked !== undefined && isShown(model, asked.ring, ring)) return asked;
  const shown = [...model.groups.values()].filter((group) => isShown(model, group.ring, ring));
  // A reader that began in the middle has met CQEs before it was told their group.
  return shown.find((group) => group.bgid !== NO_GROUP) ?? shown[0] ?? null;
}

export const keyOfGroup = (group: BufferGroup): number => groupKeyOf(group.ring, group.bgid);

/** Bids that are shown: all of the group, or, where its size is not told, up to the highest that was seen. */
export function bidsOf(group: BufferGroup): number {
  if (group.buffers > 0) return group.buffers;
  let n = group.state.length;
  while (n > 0 && group.state[n - 1] === BidState.absent) n--;
  return n;
}
