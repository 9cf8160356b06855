/** Other processes through startTrace: what the stream says of them, held against what they did and against the kernel's own text. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packBlock, readSummary } from '../../shared/codec/block.ts';
import { Kind, MarkCode, Provenance } from '../../shared/schema/events.ts';
import { Opcode, RecvIoprio, SqeFlag } from '../../shared/schema/uapi.ts';
import { armedServer, fdOf, isMore, wordOf } from './attach-events.ts';
import { type Event, isKind, Traced } from './harness.ts';
import { BUILD_MS, backends, buildWhereUseful, instances, needsTracing, Sender, start, trace, traffic } from './tracer/harness.ts';
import { expectedEvents, parseText } from './tracer/text-trace.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const recv = { opcode: Opcode.RECV, multishot: true, older: false, ambiguous: false, fixedFile: false };
const of = (events: readonly Event[], kind: number) => events.filter((e) => e.kind === kind);

describe.each(backends)('%s', (backend) => {
  test('attached before the first arm: one poll arm, and every CQE says whose it is', async () => {
    const messages = 3000;
    const server = start('recv_tcp', ['--echo', '--buffers', '256']);
    const port = await server.port();
    const run = new Traced([server.child.pid as number], { backend });
    await traffic('tcp', port, ['--messages', String(messages), '--echo']);
    await run.ended();
    expect(run.stopped?.error).toBeUndefined();
    expect((await server.ended).code).toBe(0);

    const submits = run.kind('submit');
    expect(submits.length).toBe(1);
    const fd = run.kind('file_get')[0]?.res as number;
    expect(submits[0]).toMatchObject({ res: fd, b: 7, request: 1, userData: 0x1000n });
    expect(submits[0]?.a).toBe(Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16));
    expect(run.kind('poll_arm').length).toBe(1);
    const more = run.told.filter(isMore);
    expect(more.length).toBe(messages);
    for (const e of [...run.kind('poll_arm'), ...run.kind('wake'), ...run.kind('complete'), ...run.kind('file_get')]) {
      expect(wordOf(e)).toEqual(recv);
      expect([e.request, fdOf(e)]).toEqual([1, fd]);
    }
    expect(run.trace.kernel()).toEqual({ backend, scope: 'all', missing: '', notes: [] });
    expect(run.trace.stats()).toMatchObject({ dropped: 0, kernelLost: 0, ambiguous: 0, events: run.events.length });
  });

  test('attached to an armed recv: the ring’s memory still says what it is', async () => {
    const { server, sender, pid } = await armedServer([], ['--messages', '20', '--gap', '200']);
    const run = new Traced([pid], { backend });
    await sender.send();
    await sender.end();
    await run.ended();
    expect((await server.ended).code).toBe(0);

    const [ring] = run.trace.rings();
    expect(run.trace.rings()).toEqual([{ id: ring?.id, pid, fd: 3, setupFlags: 0, sqEntries: 8, cqEntries: 1024, created: false }]);
    const created = run.kind('ring_create');
    expect(created).toEqual([
      expect.objectContaining({ provenance: Provenance.fdinfo, userData: BigInt(pid), res: 3, flags: 0, a: 8, b: 1024, ring: ring?.id }),
    ]);
    expect(run.told[0]).toEqual(created[0]);

    const [found, ...more] = run.kind('request_found');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ provenance: Provenance.fdinfo, userData: 0x1000n, b: 7 });
    expect(found?.a).toBe(Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16));
    const own = run.told.filter((e) => e.request !== 0);
    expect(own[0]).toEqual(found);
    expect(run.told.filter(isMore).length).toBeGreaterThanOrEqual(1);
    for (const e of own.slice(1)) {
      expect(wordOf(e)).toEqual({ ...recv, older: true });
      expect([e.request, fdOf(e)]).toEqual([found?.request, found?.res]);
    }
    // It was armed before, and stays so.
    expect(run.kind('poll_arm')).toEqual([]);
  });

  test('rings of later threads and of a child process are created, and have their process’ number', async () => {
    const server = start('rings', ['--connections', '3', '--fork']);
    const pid = server.child.pid as number;
    const port = await server.port();
    const run = new Traced([pid], { backend });
    const sender = new Sender('tcp', port, ['--connections', '3', '--messages', '50']);
    await sender.connected();
    // A thread that has ended can't be looked up: it lives until its ring is known.
    await run.until((r) => new Set(r.events.flatMap((e) => (isKind(e, 'poll_arm') ? [e.ring] : []))).size >= 3);
    await sender.send();
    await sender.end();
    await run.ended();
    const rings = run.trace.rings();
    expect(rings.filter((r) => r.created).length).toBe(3);
    expect(rings.filter((r) => r.pid === pid).length).toBe(3);
    const created = of(run.told, Kind.ring_create);
    for (const ring of rings) {
      const record = created.filter((e) => e.ring === ring.id);
      expect(record.length).toBe(1);
      expect(record[0]).toMatchObject({ userData: BigInt(ring.pid), res: ring.fd, a: ring.sqEntries, b: ring.cqEntries });
      expect(record[0]?.provenance).toBe(ring.created ? Provenance.tracepoint : Provenance.fdinfo);
    }
    for (const ring of rings.filter((r) => r.created)) {
      const arms = of(run.told, Kind.poll_arm).filter((e) => e.ring === ring.id);
      expect(arms.map((e) => wordOf(e).opcode)).toEqual([Opcode.RECV]);
    }
    const threads = new Map(run.trace.threads().map((t) => [t.id, t]));
    for (const e of of(run.told, Kind.submit)) expect(threads.get(e.thread)?.name).toBe('rings');
    expect(new Set(run.trace.threads().map((t) => t.id)).size).toBe(threads.size);
  });

  test('as many events of each kind and opcode on each ring as the kernel’s own text has', async () => {
    const server = start('rings', ['--connections', '3']);
    const pid = server.child.pid as number;
    const port = await server.port();
    const text = trace(['--attach', String(pid)], 'rings');
    await text.running.saw('stderr', /ready/);
    const run = new Traced([pid], { backend });
    await traffic('tcp', port, ['--connections', '3', '--messages', '400']);
    await run.ended();
    await server.ended;
    const dump = await text.finish();
    const attached = dump.rings.filter((r) => !r.created).map((r) => r.ctx);

    const expected = new Map<string, Map<string, number>>();
    const count = (into: Map<string, Map<string, number>>, ring: string, what: string) => {
      const counts = into.get(ring) ?? new Map<string, number>();
      into.set(ring, counts.set(what, (counts.get(what) ?? 0) + 1));
    };
    for (const e of expectedEvents(parseText(dump.text), 'rings', attached)) {
      const [, kind, ctx] = /^kind=(\d+) tid=\d+ ctx=(\S+)/.exec(e.key) as unknown as [string, string, string];
      if (Number(kind) !== Kind.task_work) count(expected, ctx, `${kind} ${e.word === undefined ? '' : (e.word >>> 8) - 1}`);
    }
    const actual = new Map<string, Map<string, number>>();
    const bound = new Set(run.trace.rings().flatMap((r) => (r.created ? [] : [r.id])));
    const plain = [Kind.file_get, Kind.poll_arm, Kind.wake, Kind.complete, Kind.cqe_overflow] as number[];
    for (const e of run.told) {
      if (e.provenance !== Provenance.tracepoint || e.kind === Kind.task_work || bound.has(e.ring)) continue;
      const word = plain.includes(e.kind) ? wordOf(e).opcode : e.kind === Kind.submit ? e.a & 0xff : '';
      count(actual, String(e.ring), `${e.kind} ${word}`);
    }
    const sorted = (map: Map<string, Map<string, number>>, leaveOut: readonly string[] = []) =>
      [...map]
        .filter(([ring]) => !leaveOut.includes(ring))
        .map(([, counts]) =>
          [...counts]
            .map((c) => c.join(': '))
            .sort()
            .join(', '),
        )
        .sort();
    expect(actual.size).toBe(3);
    expect(sorted(actual)).toEqual(sorted(expected, attached));
  });

  test('“arms” gives what a request costs, and the sampled state', async () => {
    const server = start('recv_tcp', []);
    const port = await server.port();
    const run = new Traced([server.child.pid as number], { backend, what: 'arms' });
    const sender = new Sender('tcp', port, ['--messages', '200', '--gap', '10']);
    await sender.connected();
    // With data there already no poll is armed.
    await run.seen('poll_arm');
    await sender.send();
    await sender.end();
    await run.ended();
    const kinds = new Set(run.told.filter((e) => e.provenance === Provenance.tracepoint).map((e) => e.kind));
    expect(kinds).toEqual(new Set([Kind.submit, Kind.poll_arm]));
    expect(run.kind('poll_arm').map((e) => [wordOf(e), fdOf(e)])).toEqual([[recv, run.kind('submit')[0]?.res]]);
    expect(run.trace.kernel().scope).toBe('arms');
  });
});

test.each(['64', '64 --sqe128', '4096', '4096 --sqe128'])('the SQEs of a ring of any size can be read: %s', async (sq) => {
  // More connections than SQEs of the first page.
  const args = ['--connections', '100', '--buffers', '256', '--cq', '0', '--sq', ...sq.split(' ')];
  const { server, sender, pid } = await armedServer(args, ['--connections', '100', '--messages', '1'], 100);
  const run = new Traced([pid]);
  await sender.send();
  await run.until((r) => new Set(r.events.filter(isMore).map((e) => e.userData)).size === 100);
  await sender.end();
  await run.ended();
  expect((await server.ended).code).toBe(0);
  const found = run.kind('request_found');
  expect(found.length).toBe(100);
  // An SQ of 64 has been written over.
  const told = found.filter((e) => e.provenance === Provenance.fdinfo);
  expect(told.length).toBe(sq.startsWith('64') ? 64 : 100);
  for (const e of told) expect([e.a & 0xff, e.b]).toEqual([Opcode.RECV, 7]);
  expect(new Set(told.map((e) => e.res)).size).toBe(told.length);
});

test('recvmsg on UDP says so too', async () => {
  const server = start('recvmsg_udp', []);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('udp', port, ['--messages', '200', '--gap', '20']);
  await run.ended();
  const more = run.told.filter(isMore);
  expect(more.length).toBeGreaterThan(0);
  for (const e of more) expect(wordOf(e)).toMatchObject({ opcode: Opcode.RECVMSG, multishot: true });
});

test('single shots are no multishots', async () => {
  const server = start('recv_tcp', ['--single', '--echo']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, ['--messages', '50', '--echo']);
  await run.ended();
  const words = run.kind('complete').map(wordOf);
  expect(words.length).toBe(51);
  for (const word of words) expect(word).toEqual({ ...recv, multishot: false });
  expect(run.kind('complete').map((e) => e.request)).toEqual(words.map((_, i) => i + 1));
  for (const e of run.kind('submit')) expect(e.a >>> 16).toBe(0);
});

test('CQEs of two live requests with one user_data are marked as ambiguous', async () => {
  const target = start('twins', ['--messages', '20']);
  await target.saw('stdout', /pid/);
  const run = new Traced([target.child.pid as number]);
  target.child.stdin?.write('g');
  await run.ended();
  const more = run.told.filter(isMore);
  expect(more.length).toBe(20);
  for (const e of more) expect(wordOf(e)).toEqual({ ...recv, ambiguous: true });
  expect(run.trace.stats().ambiguous).toBe(20);
  // What has a req is not.
  for (const e of run.kind('poll_arm')) expect(wordOf(e).ambiguous).toBe(false);
});

test('the summary of a block counts what the kernel posted for recvs', async () => {
  const server = start('recv_tcp', ['--echo']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, ['--messages', '100', '--echo', '--size', '48']);
  await run.ended();
  const sum = (of: (s: (typeof run.blocks)[number]['summary']) => number) => run.blocks.reduce((n, b) => n + of(b.summary), 0);
  expect(sum((s) => s.cqes)).toBe(101);
  expect([sum((s) => s.more), sum((s) => s.bytesReceived), sum((s) => s.eof), sum((s) => s.enobufs)]).toEqual([100, 4800, 1, 0]);
  // TypeScript counts the same.
  const { startNs } = run.trace;
  for (const { header, table, summary } of run.blocks) {
    expect(readSummary(packBlock(table, { seq: header.seq, startNs, ownRing: false }))).toEqual(summary);
  }
});

test('CQEs that found the CQ full say whose they are, and count as received', async () => {
  const server = start('recv_tcp', ['--buffers', '16', '--size', '16', '--sq', '2', '--cq', '4', '--lazy', '50']);
  const port = await server.port();
  const run = new Traced([server.child.pid as number]);
  await traffic('tcp', port, ['--messages', '40', '--size', '64']);
  await run.ended();
  const fd = run.kind('submit')[0]?.res;
  const overflows = run.kind('cqe_overflow');
  expect(overflows.length).toBeGreaterThan(0);
  for (const e of overflows) expect([wordOf(e), fdOf(e)]).toEqual([recv, fd]);
  const counted = run.blocks.reduce((n, b) => n + b.summary.bytesReceived, 0);
  expect(counted).toBe(Number(/bytes (\d+)/.exec(server.stdout)?.[1]));
  expect(counted).toBe(40 * 64);
});

test('two processes at once; close in the middle leaves them alone, and nothing behind', async () => {
  const before = instances(process.pid);
  const alone = start('recv_tcp', ['--echo']);
  await traffic('tcp', await alone.port(), ['--messages', '60', '--echo']);
  await alone.ended;

  const servers = [start('recv_tcp', ['--echo']), start('recv_tcp', ['--echo'])];
  const senders = await Promise.all(servers.map(async (s) => new Sender('tcp', await s.port(), ['--messages', '60', '--echo'])));
  const run = new Traced(servers.map((s) => s.child.pid as number));
  expect(instances(process.pid).length).toBe(before.length + 1);
  await Promise.all(senders.map((s) => s.send()));
  await run.until((r) => new Set(r.events.filter(isMore).map((e) => e.ring)).size === 2 && r.count(isMore) === 120);
  await Promise.all([run.close(), run.close()]);
  expect(run.stopped).toEqual({ error: undefined });
  expect(run.count((e) => isKind(e, 'mark') && e.a === MarkCode.processEnded)).toBe(0);
  expect(instances(process.pid)).toEqual(before);
  for (const server of servers) expect(server.child.exitCode).toBeNull();
  await Promise.all(senders.map((s) => s.end()));
  for (const server of servers) {
    expect((await server.ended).code).toBe(0);
    expect(server.stdout.replace(/port \d+/, '')).toBe(alone.stdout.replace(/port \d+/, ''));
  }
});
