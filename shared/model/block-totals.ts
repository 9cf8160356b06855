/** Totals from the summary that each block carries, where its events are not looked at. */
import { type BlockHeader, type BlockSummary, NONE } from '../codec/block.ts';
import { Kind } from '../schema/events.ts';
import type { RingSummary } from './summary.ts';

/** Adds what a block without events did to the totals. Its summary does not tell the modes apart: it counts for the mode of now. */
export function addToTotals(totals: RingSummary, block: BlockSummary, header: BlockHeader): void {
  const single = totals.model.lanes.some((lane) => lane?.open === true && !lane.multishot);
  const mode = single ? totals.single : totals.multishot;
  const count = (kind: number): number => block.counts.get(kind) ?? 0;
  totals.events += header.count;
  totals.replenished += count(Kind.replenish);
  totals.connects += count(Kind.connect);
  totals.closes += count(Kind.close);
  totals.overflowed += count(Kind.cqe_overflow);
  totals.dropped += header.dropped;
  mode.cqes += block.cqes;
  mode.fMore += block.more;
  mode.sockNonEmpty += block.nonEmpty;
  mode.enobufs += block.enobufs;
  mode.bytesReceived += block.bytesReceived;
  mode.terminations.enobufs += block.enobufs;
  mode.terminations.eof += block.eof;
  mode.terminations.error += block.otherErrors;
  if (block.enobufs > 0) mode.errors.ENOBUFS = (mode.errors.ENOBUFS ?? 0) + block.enobufs;
  if (header.minFree !== NONE && (totals.freeBuffersMin < 0 || header.minFree < totals.freeBuffersMin))
    totals.freeBuffersMin = header.minFree;
}
