/** A mark of the lanes as the looks of its event, for the worker to find it. Pure. */
import { Kind } from '../../../../shared/schema/events.ts';
import { MarkFlag, MarkKind } from '../../../../shared/timeline/marks.ts';
import type { EventLooks } from '../../feed/inspection.ts';
import type { Picture } from '../../feed/picture.ts';

/** Kinds of a mark's event, the wanted one first: a CQE is where it was seen first, a poll arm that is inferred stands at its submit. */
const kindsOf: Readonly<Record<number, readonly number[]>> = {
  [MarkKind.submit]: [Kind.submit, Kind.request_found],
  [MarkKind.arm]: [Kind.poll_arm, Kind.submit],
  [MarkKind.wake]: [Kind.wake],
  [MarkKind.cqe]: [Kind.complete, Kind.cqe_overflow, Kind.reap],
  [MarkKind.end]: [Kind.complete, Kind.cqe_overflow, Kind.reap],
  [MarkKind.connect]: [Kind.connect],
  [MarkKind.close]: [Kind.close],
};

/** null: no mark, or one of a lane that is not in sight. */
export function looksOfMark({ lanes, t0, t1 }: Picture, mark: number): EventLooks | null {
  const { marks, info, first } = lanes;
  if (mark < 0) return null;
  const lane = info[(marks.lane[mark] as number) - first];
  const kind = marks.kind[mark] as number;
  const kinds = kindsOf[kind];
  if (lane === undefined || kinds === undefined) return null;
  const merged = ((marks.flag[mark] as number) & MarkFlag.merged) !== 0 || (marks.count[mark] as number) > 1;
  const isCqe = kind === MarkKind.cqe || kind === MarkKind.end;
  return {
    t: marks.t[mark] as number,
    kinds,
    userData: lane.userData,
    ...(isCqe && !merged ? { res: marks.res[mark] as number } : {}),
    ...(kind === MarkKind.cqe && !merged ? { flags: marks.word[mark] as number } : {}),
    // A mark may stand for all of its pixel.
    ...(merged ? { within: (t1 - t0) / 200 } : {}),
  };
}
