/** What is sampled beside the trace: state of rings and buffer groups, replenishes, closed rings. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GroupStateFlag, Provenance } from '../../shared/schema/events.ts';
import { armedServer } from './attach-events.ts';
import { type Event, isKind, Traced } from './harness.ts';
import { BUILD_MS, buildWhereUseful, needsTracing, Sender, start, traffic } from './tracer/harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const sampleIntervalMs = 5;
const cqTail = (e: Event) => Number(e.userData >> 32n);
const cqHead = (e: Event) => Number(e.userData & 0xffffffffn);
const head = (e: Event) => e.b & 0xffff;
const tail = (e: Event) => e.b >>> 16;

test('ring_state says what the program has submitted, reaped and armed', async () => {
  const { server, sender, pid } = await armedServer(['--echo'], ['--messages', '12', '--echo']);
  const run = new Traced([pid], { sampleIntervalMs });
  await run.seen('ring_state');
  expect(run.kind('ring_state')[0]).toMatchObject({ provenance: Provenance.fdinfo, userData: 0n, res: 1, flags: 0, a: 1, b: 1 });
  await sender.send();
  await run.seen('ring_state', (e) => cqTail(e) === 12 && cqHead(e) === 12);
  const last = run.kind('ring_state').at(-1) as Event;
  expect(last).toMatchObject({ res: 1, flags: 0, a: 1, b: 1 });
  await sender.end();
  await run.ended();
  expect((await server.ended).code).toBe(0);
  const [closed, mark] = run.events.slice(-2);
  expect([closed, mark].map((e) => (e as Event).provenance)).toEqual([Provenance.fdinfo, Provenance.fdinfo]);
  expect(closed).toMatchObject({ kind: run.kind('ring_close')[0]?.kind, res: 3 });
});

test('an unchanged ring is told each second, and no more often', async () => {
  const { sender, server, pid } = await armedServer([], ['--messages', '1']);
  const run = new Traced([pid], { sampleIntervalMs });
  await run.seen('ring_state', undefined, 3);
  const [first, second, third] = run.kind('ring_state') as [Event, Event, Event];
  expect(second.t - first.t).toBeGreaterThanOrEqual(1e9);
  expect(third.t - second.t).toBeGreaterThanOrEqual(1e9);
  await run.close();
  server.child.kill('SIGKILL');
  await sender.connected();
});

test('no sampling: only what the kernel traces, and the end', async () => {
  const server = start('recv_tcp', []);
  const port = await server.port();
  const run = new Traced([server.child.pid as number], { sampleIntervalMs: 0 });
  await traffic('tcp', port, ['--messages', '5']);
  await run.ended();
  expect(run.kind('ring_state')).toEqual([]);
  expect(run.kind('mark').length).toBe(1);
});

test('a ring that is closed while its process goes on', async () => {
  const server = start('rings', ['--connections', '2']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number], { sampleIntervalMs });
  // One connection ends, and its thread closes its ring; the other is still to come.
  await traffic('tcp', port, ['--connections', '1', '--messages', '5']);
  await run.seen('ring_close');
  const closed = run.kind('ring_close')[0] as Event;
  expect(run.trace.rings().find((r) => r.id === closed.ring)).toMatchObject({ created: true, fd: closed.res });
  expect(server.child.exitCode).toBeNull();
  await traffic('tcp', port, ['--connections', '1', '--messages', '5']);
  await run.ended();
  expect(run.kind('ring_close').length).toBe(3);
});

describe('a buffer ring that the kernel has mapped', () => {
  test.each([
    { name: 'filled', args: ['--buffers', '64'], buffers: 64, entries: 64, status: true },
    { name: 'partly filled', args: ['--buffers', '64', '--filled', '3'], buffers: 3, entries: 0, status: true },
    {
      name: 'of several pages, on a SINGLE_ISSUER ring',
      args: ['--buffers', '1024', '--single-issuer'],
      buffers: 1024,
      entries: 1024,
      status: false,
    },
  ])('$name: every bid that was given back, in order', async ({ args, buffers, entries, status }) => {
    const messages = 40; // fewer than entries: whenever the samples come, all can be read
    const server = start('mapped_group', args);
    const sender = new Sender('tcp', await server.port(), ['--messages', String(messages), '--echo', '--gap', '1000']);
    await server.saw('stdout', /ready/);
    const run = new Traced([server.child.pid as number], { sampleIntervalMs: 1 });
    await run.seen('group_state');
    await sender.send();
    const given = (buffers + messages) & 0xffff;
    await run.seen('group_state', (e) => tail(e) === given);
    await sender.end();
    await run.ended();
    await server.ended;
    const told = (/replenished (.*)/.exec(server.stdout)?.[1] ?? '').split(' ').map(Number);

    expect(run.kind('group_register')).toEqual([expect.objectContaining({ provenance: Provenance.fdinfo, a: 9, res: 64, flags: 0 })]);
    const replenished = run.kind('replenish');
    for (const e of replenished) expect(e).toMatchObject({ provenance: Provenance.fdinfo, userData: 0n, res: 64, b: 9 });
    const states = run.kind('group_state');
    // The first look tells what is available then, where the head is told too.
    const atFirst = status ? Array.from({ length: buffers }, (_, bid) => bid) : [];
    expect(replenished.map((e) => e.a)).toEqual([...atFirst, ...told]);
    expect(states.at(-1)).toMatchObject({ res: entries, a: 9, flags: GroupStateFlag.tail | (status ? GroupStateFlag.head : 0) });
    if (status) expect(head(states.at(-1) as Event)).toBe(messages);
    for (let i = 1; i < states.length; i++) {
      const since = run.events.slice(run.events.indexOf(states[i - 1] as Event), run.events.indexOf(states[i] as Event));
      const added = (tail(states[i] as Event) - tail(states[i - 1] as Event)) & 0xffff;
      expect(since.filter((e) => isKind(e, 'replenish')).length).toBe(added);
    }
  });

  test('buffers that are held are missing', async () => {
    const server = start('mapped_group', ['--buffers', '16', '--hold']);
    const sender = new Sender('tcp', await server.port(), ['--messages', '5', '--echo']);
    await server.saw('stdout', /ready/);
    const run = new Traced([server.child.pid as number], { sampleIntervalMs });
    await sender.send();
    await run.seen('group_state', (e) => head(e) === 5);
    const state = run.kind('group_state').at(-1) as Event;
    expect([state.flags, tail(state), head(state)]).toEqual([GroupStateFlag.head | GroupStateFlag.tail, 16, 5]);
    expect(run.kind('group_register')[0]).toMatchObject({ b: 16, res: 64 });
    // What the first look found available, and nothing since.
    const first = head(run.kind('group_state')[0] as Event);
    expect(run.kind('replenish').map((e) => e.a)).toEqual(Array.from({ length: 16 - first }, (_, i) => first + i));
    await run.close();
    server.child.kill('SIGKILL');
  });
});

test('of a group in the program’s own memory the head is told, and nothing more', async () => {
  const { server, sender, pid } = await armedServer(['--echo', '--buffers', '16'], ['--messages', '20', '--echo']);
  const run = new Traced([pid], { sampleIntervalMs });
  await sender.send();
  await run.seen('group_state', (e) => head(e) === 20);
  expect(run.kind('group_register')).toEqual([expect.objectContaining({ a: 7, b: 0, res: 0 })]);
  for (const e of run.kind('group_state')) expect([e.flags, e.res, tail(e)]).toEqual([GroupStateFlag.head, 0, 0]);
  expect(run.kind('replenish')).toEqual([]);
  await run.close();
  server.child.kill('SIGKILL');
});
