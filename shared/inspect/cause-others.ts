/** Causes and effects of what is no request: connections, a full CQ, queued work. Pure. */
import { Kind, Provenance } from '../schema/events.ts';
import type { Subject } from './cause-links.ts';
import { isEnd, MOST_CQES, Role, roleOf } from './request-story.ts';
import { type Looked, walk } from './walk.ts';

/** Of a connect: the first recv of the connection, and its close. */
export function connectCauses({ events, seq, key, limits, list }: Subject): void {
  let submit = -1;
  let close = -1;
  const looked = walk(events, seq + 1, 1, limits, (table, i, n) => {
    if (table.ud[i] !== key.ud) return false;
    if (table.kind[i] === Kind.close) close = n;
    else if (submit < 0 && roleOf(table, i) === Role.submit) submit = n;
    return close >= 0;
  });
  list.after(looked);
  if (!list.link('submit', submit, 'the first recv of this connection')) list.missing('submit', 'a recv of this connection', looked);
  if (!list.link('close', close, 'the application closed it')) list.missing('close', 'its close', looked);
}

/** Of a close: the connect, the last recv, and how that ended. */
export function closeCauses({ events, seq, key, limits, list }: Subject): void {
  let submit = -1;
  let end = -1;
  let endIsPost = false;
  let connect = -1;
  const looked: Looked = walk(events, seq, -1, limits, (table, i, n) => {
    if (table.ud[i] !== key.ud) return false;
    const role = roleOf(table, i);
    if (role === Role.submit && submit < 0) submit = n;
    // The reap comes first going back, then the post of the same CQE.
    if (submit < 0 && !endIsPost && (role === Role.post || role === Role.reap) && isEnd(table, i)) {
      end = n;
      endIsPost = role === Role.post;
    }
    if (table.kind[i] === Kind.connect) connect = n;
    return connect >= 0;
  });
  list.before(looked);
  if (!list.link('connect', connect, 'it had connected')) list.missing('connect', 'its connect', looked);
  list.link('submit', submit, 'its last recv');
  if (!list.link('end', end, 'the last CQE of that recv')) list.missing('end', 'the end of its last recv', looked);
}

/** The probe saw that the CQ is full: the CQEs on the kernel's overflow list since it saw that the last time. */
export function overflowCauses({ events, seq, key, limits, list }: Subject): void {
  const found: number[] = [];
  let kernelSeen = false;
  const looked = walk(events, seq, -1, limits, (table, i, n) => {
    if (table.ring[i] !== key.ring) return false;
    const isProbe = table.provenance[i] === Provenance.probe;
    if (!isProbe) kernelSeen = true;
    if (table.kind[i] !== Kind.cqe_overflow) return false;
    if (!isProbe) found.push(n);
    return isProbe || found.length >= MOST_CQES;
  });
  list.before(looked);
  for (const n of found) list.link('overflow', n, 'this CQE found no room in the CQ');
  if (found.length > 0) return;
  if (kernelSeen) list.missing('overflow', 'a CQE that found no room', looked);
  else list.unknown('overflow', 'the kernel was not traced: whose CQE found no room is not told');
}

/** Work ran: the CQEs that the same thread posted since work ran the last time. It is traced after what it gave. */
export function workCauses({ events, seq, e, limits, list }: Subject): void {
  const found: number[] = [];
  const looked = walk(events, seq, -1, { ...limits, most: Math.min(limits.most ?? NEAR, NEAR) }, (table, i, n) => {
    if (table.thread[i] !== e.thread || table.provenance[i] !== Provenance.tracepoint) return false;
    if (table.kind[i] === Kind.task_work || table.kind[i] === Kind.cq_wait) return true;
    if (roleOf(table, i) === Role.post) found.push(n);
    return found.length >= MOST_CQES;
  });
  list.before(looked);
  for (const n of found) list.link('cqe', n, 'posted by the same thread since work ran before', false);
  if (found.length === 0) list.missing('cqe', 'a CQE of this work', looked);
}

const NEAR = 65_536;
