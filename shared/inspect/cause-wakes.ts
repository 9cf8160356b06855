/** Which wake a CQE came of, and which CQEs came of the same. Pure. */
import { CQES_A_TURN } from '../model/cqes.ts';
import type { Subject } from './cause-links.ts';
import { type Before, type Behind, MOST_CQES, type Seen } from './request-story.ts';
import { recordAt } from './walk.ts';
import { countOf } from './words.ts';

/** The wakes around a CQE. */
export interface Turn {
  /** The last wake before it; -1 = none was found: inline with the submit, where that is known. */
  readonly wake: number;
  /** The next wake (or, inline, poll arm) between it and the event that is asked about; -1 = none. */
  readonly next: number;
  /** The CQE is seen where the kernel posted it. */
  readonly isPost: boolean;
}

/** `anchor`: the number of the CQE, where it was posted if that is known. */
export function turnOf(before: Before, anchor: number, isPost: boolean): Turn {
  const wake = before.wakes.find((n) => n < anchor) ?? -1;
  const later = before.wakes.filter((n) => n > anchor);
  if (wake < 0 && before.arm > anchor) later.push(before.arm);
  return { wake, next: later.length === 0 ? -1 : Math.min(...later.slice(-2)), isPost };
}

/** Since when a wake's CQEs are counted, and how many there were up to it: a full turn says that the kernel queued it again. */
function isFairness({ events }: Subject, before: Before, wake: number): boolean {
  if (recordAt(events, wake)?.a !== 0) return false;
  const from = before.wakes.find((n) => n < wake) ?? before.submit;
  return from >= 0 && before.posts.filter((n) => n > from && n < wake).length === CQES_A_TURN;
}

/** The wake of a CQE, and the CQEs that came of the same; `isWhole`: all events of the request up to it are known. */
export function wakeLinks(s: Subject, before: Before, behind: Behind, turn: Turn, seen: Seen, anchor: number, isWhole: boolean): void {
  const { list } = s;
  if (!seen.all) {
    // Without any event of the kernel the note on the poll arm says it.
    if (seen.arms)
      list.unknown('wake', "of the kernel only submits, poll arms and overflows are among the events looked at: wakes can't be seen");
    return;
  }
  const isInline = turn.wake < 0;
  if (!turn.isPost) {
    if (isInline || !list.link('wake', turn.wake, 'the last wake before the application took it', false))
      list.missing('wake', 'the wake that led to it', before.looked);
    return;
  }
  if (isInline && !isWhole) {
    list.missing('wake', 'the wake that led to it', before.looked);
    return;
  }
  const isSure = before.lostAt < turn.wake;
  const from = isInline ? before.submit : turn.wake;
  const earlier = before.posts.filter((n) => n > from && n < anchor).reverse();
  const until = turn.next < 0 ? Number.POSITIVE_INFINITY : turn.next;
  const later = before.posts.filter((n) => n > anchor && n < until).reverse();
  const isOpen = turn.next < 0;
  const total = earlier.length + 1 + later.length + (isOpen ? behind.postsOfTurn : 0);
  if (isOpen) later.push(...behind.firstPosts.slice(0, behind.postsOfTurn));
  if (isInline) {
    list.absent('wake', 'none: it came inline with the submit, before any wake');
  } else if (isFairness(s, before, turn.wake)) {
    list.link(
      'wake',
      turn.wake,
      `queued again by the kernel after ${CQES_A_TURN} CQEs, so that others have their turn; ${gave(total)}`,
      isSure,
    );
    const first = before.wakes.find((n) => n < turn.wake && !isFairness(s, before, n));
    if (first !== undefined) list.link('wake', first, 'the wake that the data came with; its turn was full', false);
  } else {
    list.link(
      'wake',
      turn.wake,
      isSure ? gave(total) : `the last wake before it that was seen: events were lost in between; at least ${gave(total)}`,
      isSure,
    );
  }
  // The nearest ones: half of them from each side where there are many.
  const half = MOST_CQES / 2;
  const near = Math.max(half, MOST_CQES - later.length);
  const shown = earlier.slice(-near);
  const place = earlier.length - shown.length;
  const by = isInline ? 'inline with the submit' : 'of this wake';
  shown.forEach((seq, k) => {
    list.link('sibling', seq, `CQE ${place + k + 1} of ${total} ${by}`);
  });
  later.slice(0, MOST_CQES - shown.length).forEach((seq, k) => {
    list.link('sibling', seq, `CQE ${earlier.length + k + 2} of ${total} ${by}`);
  });
  list.place(earlier.length + 1, total);
}

const gave = (total: number): string => `${countOf(total, 'CQE')} came of it`;
