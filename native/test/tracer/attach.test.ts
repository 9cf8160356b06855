/** Programs that are not ours, attached to and launched: what they do stays as it is, and nothing stays behind. */
import { execFileSync, spawnSync } from 'node:child_process';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Kind, Provenance } from '../../../shared/schema/events.ts';
import { RecvIoprio } from '../../../shared/schema/uapi.ts';
import {
  armed,
  BUILD_MS,
  backends,
  buildWhereUseful,
  busy,
  instances,
  needsTracing,
  program,
  type Running,
  Sender,
  start,
  trace,
  traffic,
} from './harness.ts';
import { compare, expectedEvents, keysOf, parseText } from './text-trace.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

/** A server whose recv is armed and has got one message; nothing more comes. */
async function waitingServer(): Promise<{ server: Running; pid: string }> {
  const server = start('recv_tcp', []);
  const pid = server.child.pid as number;
  const sender = new Sender('tcp', await server.port(), ['--messages', '1']);
  await sender.connected();
  await armed(pid);
  await sender.send();
  return { server, pid: String(pid) };
}

async function attached(dump: Running): Promise<void> {
  await dump.saw('stderr', /ready/);
}

describe('attach', () => {
  for (const backend of backends) {
    for (const scope of ['processes', 'rings']) {
      test(`${backend}, scope ${scope}: a ring that is older than the trace`, async () => {
        const server = start('recv_tcp', ['--connections', '2']);
        const pid = String(server.child.pid);
        const sender = new Sender('tcp', await server.port(), '--connections 2 --messages 3 --gap 2000'.split(' '));
        await armed(server.child.pid as number, 2);
        const { running, finish } = trace(['--backend', backend, '--scope', scope, '--attach', pid], 'recv_tcp');
        await attached(running);
        await sender.send();
        await sender.end();
        expect((await server.ended).code).toBe(0);
        const dump = await finish();
        const ring = dump.rings[0];
        expect(dump.rings).toEqual([expect.objectContaining({ pid: server.child.pid, fd: 3, created: false })]);

        const expected = expectedEvents(parseText(dump.text), 'recv_tcp', [ring?.ctx as string]);
        const found = dump.events.filter((e) => e.kind === Kind.request_found);
        expect(found.map((e) => [e.provenance, e.res, e.a])).toEqual(found.map(() => [Provenance.inferred, -1, 0xff])); // no --details
        expect(found.length).toBe(2);
        const difference = compare(
          expected.map((e) => ({ ...e, request: undefined })),
          keysOf({ ...dump, events: dump.events.filter((e) => e.kind !== Kind.request_found) }),
        );
        expect(difference).toMatchObject({ missing: [], extra: [] });
        // Requests older than the trace have a number too, one for each arm, from its first event to its last.
        const byArm = new Map<bigint, Set<number>>();
        for (const e of dump.events.filter((e) => e.userData >= 0x1000n)) {
          byArm.set(e.userData, (byArm.get(e.userData) ?? new Set()).add(e.request));
        }
        expect([...byArm.values()].map((s) => s.size)).toEqual([1, 1]);
        expect(dump.stats.ambiguous).toBe(0);
      });
    }

    test(`${backend}: rings of threads and children that are made after the attach`, async () => {
      const server = start('rings', ['--connections', '3', '--fork']);
      const port = await server.port();
      const { running, finish } = trace(['--backend', backend, '--attach', String(server.child.pid)], 'rings');
      await attached(running);
      await traffic('tcp', port, ['--connections', '3', '--messages', '50']);
      expect((await server.ended).code).toBe(0);
      const dump = await finish();
      expect(dump.rings.filter((r) => r.created).length).toBe(3);
      const first = dump.rings.find((r) => !r.created);
      expect(first).toMatchObject({ pid: server.child.pid });
      const expected = expectedEvents(parseText(dump.text), 'rings', [first?.ctx as string]);
      const blind = expected.map((e) => (e.key.includes('7e57') ? { ...e, request: undefined } : e));
      const traced = { ...dump, events: dump.events.filter((e) => e.kind !== Kind.request_found) };
      expect(compare(blind, keysOf(traced))).toMatchObject({ missing: [], extra: [], wrongRequest: [], wrongFacts: [] });
    });
  }

  test('a busy ring that was there before is not taken for noise, and a busy ring of others is', async () => {
    const other = start('firehose', ['--seconds', '20']);
    const server = start('firehose', ['--seconds', '20']);
    await Promise.all([server.port(), other.port()]);
    await Promise.all([server, other].map((s) => busy(s.child.pid as number)));
    const { running, finish } = trace(['--attach', String(server.child.pid), '--seconds', '2']);
    await attached(running);
    const dump = await finish();
    expect(dump.rings).toEqual([expect.objectContaining({ pid: server.child.pid, created: false })]);
    // Left out, it would have given nothing at all behind its binding.
    expect(dump.events.filter((e) => e.kind === Kind.complete).length).toBeGreaterThan(10_000);
    expect(dump.stats.foreign).toBeLessThan(dump.stats.events);
  });

  test('fd, multishot flag and bgid of a submit come from the ring itself when asked for', async () => {
    const { running, finish } = trace(['--details', '--', program('recv_tcp')]);
    await traffic('tcp', await running.port(), ['--messages', '10']);
    const dump = await finish();
    const fd = dump.events.find((e) => e.kind === Kind.file_get)?.res;
    const submit = dump.events.find((e) => e.kind === Kind.submit);
    expect(submit).toMatchObject({ res: fd, b: 7 });
    expect(((submit?.a as number) >>> 16) & RecvIoprio.RECV_MULTISHOT).toBe(RecvIoprio.RECV_MULTISHOT);
  });

  test('fdinfo and the mapped ring tell of an armed recv, and of a ring that is none', async () => {
    const { server, pid } = await waitingServer();
    const ask = (fd: string) => spawnSync(program('tracer_unit'), ['look', pid, fd, '0x1000', '27'], { encoding: 'utf8' });
    const afterOneMessage = /polls 1 opcode 27 cqTail 1\nentries 8 1024 sq 1 1 cq 1 1\nsqe fd \d+ ioprio 2 bgid 7 flags 32\n/;
    await expect.poll(() => ask('3').stdout, { timeout: 15_000 }).toMatch(afterOneMessage);
    const socket = ask('4');
    expect([socket.status, socket.stderr]).toEqual([125, expect.stringContaining('is no io_uring')]);
    server.child.kill('SIGKILL');
  });

  test('the two back ends tie a fd to the same ring', async () => {
    const { server, pid } = await waitingServer();
    const by = (backend: string) => execFileSync(program('tracer_unit'), ['identify', pid, backend], { encoding: 'utf8' });
    expect(by('tracefs')).toMatch(/^3 ffff[0-9a-f]+\n$/);
    expect(by('perf')).toBe(by('tracefs'));
    server.child.kill('SIGKILL');
  });

  test('the two back ends learn the same flag of a multishot', () => {
    const by = (backend: string) => execFileSync(program('tracer_unit'), ['multishot', backend], { encoding: 'utf8' });
    const [, bit] = /^([0-9a-f]+) \n$/.exec(by('tracefs')) ?? [];
    const flag = BigInt(`0x${bit}`);
    expect(flag).not.toBe(0n);
    expect(flag & (flag - 1n)).toBe(0n);
    expect(by('perf')).toBe(by('tracefs'));
  });

  test('no such process, and a process without a ring, are one sentence each', () => {
    const identify = (pid: string) => spawnSync(program('tracer_unit'), ['identify', pid], { encoding: 'utf8' });
    expect(identify('999999999').stderr).toMatch(/^There is no process 999999999\./);
    expect(identify(String(process.pid))).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('a traced program', () => {
  test.each([
    { end: 'exit7', code: 7, signal: null },
    { end: 'segv', code: null, signal: 'SIGSEGV' },
    { end: 'abort', code: null, signal: 'SIGABRT' },
  ])('ends by $end as it would alone, and the trace is whole', async ({ end, code, signal }) => {
    const alone = start('recv_tcp', ['--echo', '--end', end]);
    await traffic('tcp', await alone.port(), ['--messages', '10', '--echo']);
    expect(await alone.ended).toEqual({ code, signal });

    const { running, finish } = trace(['--', program('recv_tcp'), '--echo', '--end', end], 'recv_tcp');
    await traffic('tcp', await running.port(), ['--messages', '10', '--echo']);
    const dump = await finish();
    expect([dump.code, dump.signal]).toEqual([code, signal]);
    expect(dump.stdout.replace(/port \d+/, '')).toBe(alone.stdout.replace(/port \d+/, ''));
    expect(compare(expectedEvents(parseText(dump.text), 'recv_tcp'), keysOf(dump))).toMatchObject({ missing: [], extra: [] });
  });

  test('that is killed while it is traced ends the trace cleanly', async () => {
    const server = start('recv_tcp', []);
    const sender = new Sender('tcp', await server.port(), '--messages 200 --gap 100'.split(' '));
    await armed(server.child.pid as number);
    const { running, finish } = trace(['--attach', String(server.child.pid)]);
    await attached(running);
    await sender.send();
    server.child.kill('SIGKILL');
    const dump = await finish();
    expect(dump.events.filter((e) => e.kind === Kind.complete).length).toBeGreaterThan(10);
  });
});

describe('what stays behind', () => {
  test('nothing when a tracer ends, is interrupted or terminated', async () => {
    const before = instances();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { running, finish } = trace(['--scope', 'machine', '--count']);
      await attached(running);
      expect(instances().length).toBe(before.length + 1);
      running.child.kill(signal);
      await finish();
      expect(instances()).toEqual(before);
    }
  });

  test('an instance of a killed tracer is removed by the next one', async () => {
    const before = instances();
    const { running } = trace(['--scope', 'machine', '--count']);
    await attached(running);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(instances().length).toBe(before.length + 1);
    spawnSync(program('tracer_unit'), ['backends']);
    expect(instances()).toEqual(before);
  });
});
