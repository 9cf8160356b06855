/**
 * The causes that the inspector links to an event, on a real run: they must be what a plain reading of the same events says,
 * done here in one pass with a state for each request and each buffer (MULTISHOT.md, 0.2).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Causes, causesOf, type Relation } from '../../shared/inspect/causes.ts';
import { visits } from '../../shared/inspect/loop.ts';
import { walkableOf } from '../../shared/inspect/walk.ts';
import { type EventKind, Provenance } from '../../shared/schema/events.ts';
import { bidOf, CqeFlag, Errno } from '../../shared/schema/uapi.ts';
import type { WorkloadParams } from '../../shared/schema/workload-params.ts';
import { addon, type Event, isKind, isRecv, type Run, runFor } from './harness.ts';

const permitted = addon.kernelAccess().some((b) => b.permitted);
const refusal = addon.kernelAccess().find((b) => !b.permitted);

/** What the reading says of one CQE of a recv, by numbers of events; -1 = there is none. */
interface Told {
  submit: number;
  arm: number;
  wake: number;
  /** All CQEs of its wake, itself among them. */
  turn: number[];
  post: number;
  reap: number;
  heldBefore: number;
  givenBack: number;
  heldNext: number;
}

/** One pass over all events: posts in order, each with what belongs to it. */
function read(events: readonly Event[]): Map<number, Told> {
  interface Request {
    submit: number;
    arm: number;
    wake: number;
    turn: number[];
    waiting: number[];
  }
  const requests = new Map<string, Request>();
  const told = new Map<number, Told>();
  /** bid → the post that consumed it last, and whether it was given back since. */
  const holders = new Map<number, number>();
  const keyOf = (e: Event): string => `${e.ring} ${e.userData} ${e.request}`;
  events.forEach((e, n) => {
    const isPost = e.provenance === Provenance.tracepoint && (isKind(e, 'complete') || isKind(e, 'cqe_overflow'));
    if (isKind(e, 'replenish')) {
      const holder = told.get(holders.get(e.a) ?? -1);
      if (holder !== undefined && holder.givenBack < 0) holder.givenBack = n;
      return;
    }
    if (!isRecv(e)) return;
    if (isKind(e, 'submit')) requests.set(keyOf(e), { submit: n, arm: -1, wake: -1, turn: [], waiting: [] });
    const request = requests.get(keyOf(e));
    if (request === undefined) return;
    if (isKind(e, 'poll_arm')) request.arm = n;
    if (isKind(e, 'wake')) {
      request.wake = n;
      request.turn = [];
    }
    if (isPost) {
      request.turn.push(n);
      const bid = bidOf(e.flags);
      const before = bid < 0 ? -1 : (holders.get(bid) ?? -1);
      const held = told.get(before);
      if (held !== undefined) held.heldNext = n;
      if (bid >= 0) holders.set(bid, n);
      request.waiting.push(n);
      const { submit, arm, wake, turn } = request;
      told.set(n, { submit, arm, wake, turn, post: n, reap: -1, heldBefore: before, givenBack: -1, heldNext: -1 });
    }
    if (isKind(e, 'reap')) {
      const post = told.get(request.waiting.shift() ?? -1);
      if (post === undefined) throw new Error(`event ${n}: reaped and never posted`);
      post.reap = n;
    }
  });
  return told;
}

const seqs = (causes: Causes, relation: Relation): number[] => causes.links.filter((l) => l.relation === relation).map((l) => l.seq);
const one = (n: number): number[] => (n < 0 ? [] : [n]);

/** Compares posts and their reaps, spread over the whole run; the number of CQEs compared. */
function compare(run: Run, most: number): { cqes: number; inline: number; siblings: number; ends: number } {
  const events = walkableOf(run.blocks.map((block) => block.table));
  const told = [...read(run.events).values()];
  const isIncremental = run.events.some((e) => (e.flags & CqeFlag.F_BUF_MORE) !== 0 && isKind(e, 'complete'));
  const found = { cqes: 0, inline: 0, siblings: 0, ends: 0 };
  const step = Math.max(1, Math.floor(told.length / most));
  for (let k = 0; k < told.length; k += step) {
    const t = told[k] as Told;
    const e = run.events[t.post] as Event;
    for (const seq of [t.post, t.reap]) {
      if (seq < 0) continue;
      const causes = causesOf(events, seq);
      const at = `event ${seq} of ${run.events.length}`;
      expect(seqs(causes, 'submit'), at).toEqual([t.submit]);
      if (t.arm >= 0) expect(seqs(causes, 'poll_arm'), at).toEqual([t.arm]);
      // Behind a full turn the wake that the data came with is linked too, as inferred.
      const wake = causes.links.find((l) => l.relation === 'wake' && l.observed === 'observed');
      expect(wake?.seq ?? -1, at).toBe(t.wake);
      if (t.wake < 0) {
        found.inline++;
        expect(causes.notes.find((n) => n.relation === 'wake')).toMatchObject({ isAbsent: true });
      }
      expect(seqs(causes, 'sibling'), at).toEqual(t.turn.filter((n) => n !== t.post));
      expect(causes.place, at).toEqual({ number: t.turn.indexOf(t.post) + 1, of: t.turn.length });
      if (seq === t.post) expect(seqs(causes, 'reap'), at).toEqual(one(t.reap));
      else expect(seqs(causes, 'cqe'), at).toEqual([t.post]);
      if (!isIncremental && bidOf(e.flags) >= 0) {
        expect(
          seqs(causes, 'buffer_before').filter((n) => !isKind(run.events[n] as Event, 'replenish')),
          at,
        ).toEqual(one(t.heldBefore));
        expect(seqs(causes, 'buffer_given_back'), at).toEqual(one(t.givenBack));
        expect(seqs(causes, 'next_holder'), at).toEqual(one(t.heldNext));
      }
      found.siblings += t.turn.length - 1;
    }
    if ((e.flags & CqeFlag.F_MORE) === 0) found.ends++;
    found.cqes++;
  }
  return found;
}

const base: Partial<WorkloadParams> = {
  connections: 4,
  buffers: 64,
  bufferSize: 64,
  messageMin: 20,
  messageMax: 400,
  rate: 4000,
  burst: 4,
  hold: 300,
  kernel: 'all',
};

const dry: Partial<WorkloadParams> = { ...base, buffers: 4, hold: 2000, burst: 16 };

/** A run of which no event was lost: only then both readings know the same. */
async function whole(recvCqes: number, params: Partial<WorkloadParams>): Promise<Run> {
  const { run, stats } = await runFor(recvCqes, params);
  expect(stats).toMatchObject({ kernelLost: 0, kernelLate: 0, dropped: 0 });
  return run;
}

describe('causes on a real run', () => {
  beforeEach(({ skip }) => {
    if (!permitted) skip(`skipped, because ${refusal?.reason} ${refusal?.remedy}`);
  });

  test('multishot over TCP, several CQEs a wake: submit, poll arm, wake, siblings, reap and buffer are what the events say', async () => {
    const run = await whole(1500, base);
    const found = compare(run, 300);
    expect(found.cqes).toBeGreaterThanOrEqual(300);
    expect(found.siblings).toBeGreaterThan(0);
  });

  test('a group that runs dry: requests end, are armed anew, and take what waits inline', async () => {
    const run = await whole(1500, dry);
    expect(run.count((e) => isKind(e, 'complete') && e.res === -Errno.ENOBUFS)).toBeGreaterThan(0);
    const found = compare(run, 400);
    expect(found.cqes).toBeGreaterThanOrEqual(400);
    expect(found.ends).toBeGreaterThan(0);
    expect(found.inline).toBeGreaterThan(0);
  });

  test('the end of a request and the submit that arms it anew lead to each other', async () => {
    const run = await whole(1500, dry);
    const events = walkableOf(run.blocks.map((block) => block.table));
    /** Read from the end: the next submit of each user_data. */
    const next = new Map<string, number>();
    const pairs: [end: number, submit: number][] = [];
    for (let n = run.events.length - 1; n >= 0; n--) {
      const e = run.events[n] as Event;
      const key = `${e.ring} ${e.userData}`;
      if (isKind(e, 'submit')) next.set(key, n);
      else if (isKind(e, 'complete') && isRecv(e) && e.res === -Errno.ENOBUFS) pairs.push([n, next.get(key) ?? -1]);
    }
    const rearmed = pairs.filter(([, submit]) => submit >= 0);
    expect(rearmed.length).toBeGreaterThan(0);
    for (const [end, submit] of pairs.slice(0, 200)) expect(seqs(causesOf(events, end), 'rearm'), `event ${end}`).toEqual(one(submit));
    for (const [end, submit] of rearmed.slice(0, 200)) {
      const before = causesOf(events, submit).links.find((l) => l.relation === 'end' && l.seq < submit);
      expect(run.events[before?.seq ?? -1], `event ${submit}`).toMatchObject({ res: -Errno.ENOBUFS, request: run.events[end]?.request });
    }
  });

  test('the loop of each request: every wake and every post is a way in it, and it ends once', async () => {
    const run = await whole(1500, dry);
    const of = new Map<string, Event[]>();
    for (const e of run.events) {
      if (!isRecv(e) || e.request === 0) continue;
      const key = `${e.ring} ${e.userData} ${e.request}`;
      const list = of.get(key);
      if (list === undefined) of.set(key, [e]);
      else list.push(e);
    }
    let ended = 0;
    for (const [key, events] of of) {
      const count = (kind: EventKind, test: (e: Event) => boolean = () => true) => events.filter((e) => isKind(e, kind) && test(e)).length;
      const { nodes } = visits(events);
      expect(nodes.get('submit') ?? 0, key).toBe(count('submit'));
      expect(nodes.get('wake') ?? 0, key).toBe(count('wake'));
      expect(nodes.get('post') ?? 0, key).toBe(count('complete', (e) => (e.flags & CqeFlag.F_MORE) !== 0));
      const ends = count('complete', (e) => (e.flags & CqeFlag.F_MORE) === 0) + count('cqe_overflow');
      expect(nodes.get('final') ?? 0, key).toBe(ends);
      expect(ends, key).toBeLessThanOrEqual(1);
      ended += ends;
    }
    expect(ended).toBeGreaterThan(0);
  });

  test('datagrams, single shot: each recv its own request', async () => {
    const run = await whole(800, { ...base, transport: 'udp', mode: 'single', messageMax: 60 });
    expect(compare(run, 200).cqes).toBeGreaterThanOrEqual(200);
  });

  test('incremental buffers: CQEs that look alike are told apart by their order', async () => {
    const run = await whole(1500, { ...base, incremental: true, messageMin: 16, messageMax: 16, bufferSize: 4096 });
    expect(run.count((e) => isKind(e, 'complete') && (e.flags & CqeFlag.F_BUF_MORE) !== 0)).toBeGreaterThan(0);
    expect(compare(run, 300).cqes).toBeGreaterThanOrEqual(300);
  });

  test('a submit, a wake and a give-back lead forward to what came of them', async () => {
    const run = await whole(1000, base);
    const events = walkableOf(run.blocks.map((block) => block.table));
    const told = [...read(run.events).values()];
    const byWake = new Map(told.filter((t) => t.wake >= 0).map((t) => [t.wake, t.turn]));
    for (const [wake, turn] of [...byWake].slice(0, 200)) expect(seqs(causesOf(events, wake), 'cqe')).toEqual(turn);
    const submit = run.events.findIndex((e) => isKind(e, 'submit') && isRecv(e));
    const cqes = told.filter((t) => t.submit === submit).map((t) => t.post);
    expect(seqs(causesOf(events, submit), 'cqe')).toEqual(cqes.slice(0, 64));
    const back = told.filter((t) => t.givenBack >= 0).slice(0, 200);
    expect(back.length).toBe(200);
    for (const t of back) {
      const causes = causesOf(events, t.givenBack);
      expect(seqs(causes, 'buffer_before')).toEqual([t.post]);
      expect(seqs(causes, 'next_holder')).toEqual(one(t.heldNext));
      expect(causes.links.every((l) => l.observed === 'observed')).toBe(true);
    }
  });

  test('bundles: a buffer that no CQE names is found by the order in which buffers were given', async ({ skip }) => {
    if (!addon.features().bundle) skip('skipped, because this kernel has no bundles');
    const size = 32;
    const run = await whole(1000, { ...base, bundle: true, bufferSize: size, messageMin: 40, messageMax: 300, hold: 500 });
    /** The ring of buffers, played through: a post takes as many from its head as its bytes fill. */
    const available: number[] = [];
    const holders = new Map<number, number>();
    const held: [giveBack: number, post: number][] = [];
    run.events.forEach((e, n) => {
      if (isKind(e, 'replenish')) {
        const post = holders.get(e.a);
        if (post !== undefined) held.push([n, post]);
        available.push(e.a);
      } else if (isKind(e, 'complete') && isRecv(e) && bidOf(e.flags) >= 0) {
        expect(available[0]).toBe(bidOf(e.flags));
        for (const bid of available.splice(0, Math.ceil(e.res / size))) holders.set(bid, n);
      }
    });
    const events = walkableOf(run.blocks.map((block) => block.table));
    const unnamed = held.filter(([giveBack, post]) => bidOf((run.events[post] as Event).flags) !== (run.events[giveBack] as Event).a);
    expect(unnamed.length).toBeGreaterThan(50);
    for (const [giveBack, post] of held.slice(-300)) {
      const [link] = causesOf(events, giveBack).links.filter((l) => l.relation === 'buffer_before');
      expect(link?.seq, `event ${giveBack}`).toBe(post);
      expect(link?.observed).toBe(unnamed.some(([n]) => n === giveBack) ? 'inferred' : 'observed');
    }
  });
});
