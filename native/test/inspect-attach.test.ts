/** Causes in the trace of another process: what the kernel's events join, and what nobody sees is said. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Causes, causesOf, type Relation } from '../../shared/inspect/causes.ts';
import { type WalkableEvents, walkableOf } from '../../shared/inspect/walk.ts';
import { bidOf } from '../../shared/schema/uapi.ts';
import { armedServer, isMore } from './attach-events.ts';
import { type Event, isKind, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, needsTracing, start, traffic } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const seqs = (causes: Causes, relation: Relation): number[] => causes.links.filter((l) => l.relation === relation).map((l) => l.seq);
const walkable = (run: Traced): WalkableEvents => walkableOf(run.blocks.map((block) => block.table));
const last = (events: readonly Event[], before: number, test: (e: Event) => boolean): number =>
  events.findLastIndex((e, n) => n < before && test(e));

test('a recv that was seen to be armed: submit, poll arm, wake and buffers of its CQEs', async () => {
  const server = start('recv_tcp', ['--echo', '--buffers', '8']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, ['--messages', '400', '--echo']);
  await run.ended();
  expect((await server.ended).code).toBe(0);
  expect(run.trace.stats()).toMatchObject({ dropped: 0, kernelLost: 0, ambiguous: 0 });
  const events = walkable(run);
  const submit = run.events.findIndex((e) => isKind(e, 'submit') && e.request === 1);
  const arm = run.events.findIndex((e) => isKind(e, 'poll_arm'));
  let cqes = 0;
  run.events.forEach((e, n) => {
    if (!isMore(e)) return;
    cqes++;
    const causes = causesOf(events, n);
    const at = `event ${n}`;
    expect([seqs(causes, 'submit'), seqs(causes, 'poll_arm')], at).toEqual([[submit], [arm]]);
    const wake = last(run.events, n, (x) => isKind(x, 'wake') && x.request === e.request);
    expect(seqs(causes, 'wake'), at).toEqual(wake < 0 ? [] : [wake]);
    const holds = (x: Event): boolean => isKind(x, 'complete') && bidOf(x.flags) === bidOf(e.flags);
    const next = run.events.findIndex((x, i) => i > n && holds(x));
    expect(seqs(causes, 'next_holder'), at).toEqual(next < 0 ? [] : [next]);
    const before = last(run.events, n, holds);
    expect(
      seqs(causes, 'buffer_before').filter((i) => isKind(run.events[i] as Event, 'complete')),
      at,
    ).toEqual(before < 0 ? [] : [before]);
    expect(seqs(causes, 'reap'), at).toEqual([]);
    expect(causes.notes.find((note) => note.relation === 'reap')?.words, at).toContain('another process');
  });
  expect(cqes).toBeGreaterThan(100);
});

test('a recv that is older than the trace: nothing is called inline or never armed', async () => {
  const { server, sender, pid } = await armedServer([], ['--messages', '20', '--gap', '200']);
  const run = new Traced([pid]);
  await sender.send();
  await sender.end();
  await run.ended();
  expect((await server.ended).code).toBe(0);
  const events = walkable(run);
  const found = run.events.findIndex((e) => isKind(e, 'request_found'));
  const cqes = run.events.flatMap((e, n) => (isMore(e) ? [n] : []));
  expect(cqes.length).toBeGreaterThan(0);
  for (const n of cqes) {
    const causes = causesOf(events, n);
    expect(seqs(causes, 'submit')).toEqual([found]);
    expect(causes.links.find((l) => l.seq === found)?.words).toContain('older than the trace');
    expect(seqs(causes, 'poll_arm')).toEqual([]);
    expect(causes.notes.filter((note) => note.isAbsent)).toEqual([]);
  }
});
