import type { Lane } from './requests.ts';
import type { TerminateCause } from './terminate-cause.ts';

/** What the last applied event meant; valid until the next `apply`. One object, reused. */
export interface Effect {
  /** The lane of a recv submit, of its CQE, poll arm or wake, of a connect or close; null for everything else. */
  lane: Lane | null;
  /** The CQE or submit belongs to a recv. */
  recv: boolean;
  multishot: boolean;
  /** A recv was submitted on `lane`. Of another process it is known with the event after it, which tells the fd. */
  submitted: boolean;
  /** The event is where the CQE stands: the kernel was seen to post it, or else the application to reap it. */
  cqe: boolean;
  /** Several live requests shared the user_data of the event, and nothing told them apart. */
  ambiguous: boolean;
  /** A CQE ended its request. */
  cause: TerminateCause | null;
  /** The submit followed an end that was not normal. */
  rearm: boolean;
  /** The reap is the first of its batch. */
  newBatch: boolean;
  /** The wake is the kernel's own: after 32 retries of one recv it lets others have a turn (io_uring/net.c, MULTISHOT_MAX_RETRY). */
  fairness: boolean;
  /** The group that changed. */
  groupKey: number;
  /** The replenish was no first fill: the bid had been used before. */
  givenBack: boolean;
  /** Times that this event completes, ns; -1 = none. */
  sinceSubmit: number;
  sinceWake: number;
  sinceComplete: number;
  sinceReap: number;
  /** At a submit: from the end of the recv before it, for so long the lane was not armed. */
  sinceEnd: number;
}

export function newEffect(): Effect {
  return {
    lane: null,
    recv: false,
    multishot: false,
    submitted: false,
    cqe: false,
    ambiguous: false,
    cause: null,
    rearm: false,
    newBatch: false,
    fairness: false,
    groupKey: -1,
    givenBack: false,
    sinceSubmit: -1,
    sinceWake: -1,
    sinceComplete: -1,
    sinceReap: -1,
    sinceEnd: -1,
  };
}

export function clearEffect(e: Effect): void {
  e.lane = null;
  e.recv = false;
  e.multishot = false;
  e.submitted = false;
  e.cqe = false;
  e.ambiguous = false;
  e.cause = null;
  e.rearm = false;
  e.newBatch = false;
  e.fairness = false;
  e.groupKey = -1;
  e.givenBack = false;
  e.sinceSubmit = -1;
  e.sinceWake = -1;
  e.sinceComplete = -1;
  e.sinceReap = -1;
  e.sinceEnd = -1;
}
