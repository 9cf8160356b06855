/** What `run` and `attach` count, ring by ring and opcode by opcode, against the kernel's own text of the same run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../agent/src/cli/trace-report.ts';
import { addCounts, asTextCounts, KernelText, type OlderRequests, type TextCounts, type TextRing } from '../support/kernel-text.ts';
import {
  armed,
  BUILD_MS,
  buildTargets,
  needsTracing,
  ownTarget,
  type Running,
  Sender,
  start,
  startRinglens,
  temporaryFolder,
  traces,
} from '../support/targets.ts';

beforeAll(buildTargets, BUILD_MS);
beforeEach(needsTracing);

interface Case {
  name: string;
  target: 'recv_tcp' | 'recvmsg_udp' | 'rings';
  args: string[];
  traffic: string[];
  /** Opcode by user_data of what is in flight before anyone can attach. */
  older?: OlderRequests;
  /** Whose requests share a user_data: of a batch of them nobody knows which SQE is whose, and the counts by lane are no counts. */
  sharesUserData?: true;
  /** What this case is here for. */
  shows(total: TextCounts): void;
}

const protocolOf = ({ target }: Case) => (target === 'recvmsg_udp' ? 'udp' : 'tcp');

const cases: Case[] = [
  {
    name: 'multishot recv',
    target: 'recv_tcp',
    args: ['--echo', '--buffers', '256'],
    traffic: ['--messages', '500', '--echo'],
    shows: (total) => expect(total).toMatchObject({ submits: 1, multishot: 1, pollArms: 1, fMore: 500, terminations: { EOF: 1 } }),
  },
  {
    name: 'single-shot recv',
    target: 'recv_tcp',
    args: ['--single', '--echo'],
    traffic: ['--messages', '300', '--echo'],
    shows: (total) => expect(total).toMatchObject({ submits: 301, single: 301, fMore: 0, terminations: { data: 300, EOF: 1 } }),
  },
  {
    name: 'a CQ that overflows, and an SQE that is refused',
    target: 'recv_tcp',
    args: ['--refuse', '--buffers', '16', '--size', '16', '--sq', '2', '--cq', '4', '--lazy', '50'],
    traffic: ['--messages', '40', '--size', '64'],
    shows: ({ overflowed, refused, terminations }) => {
      expect([refused, terminations.EINVAL]).toEqual([1, 1]);
      expect(overflowed).toBeGreaterThan(0);
      expect(terminations.overflow).toBeGreaterThan(0);
    },
  },
  {
    name: 'a group that runs dry, over two connections, one end by reset',
    target: 'recv_tcp',
    args: ['--connections', '2', '--buffers', '4', '--size', '16', '--lazy', '5'],
    traffic: ['--connections', '2', '--messages', '5', '--size', '300', '--reset'],
    shows: ({ terminations, sockNonEmpty }) => {
      expect(terminations.ENOBUFS).toBeGreaterThan(0);
      expect(sockNonEmpty).toBeGreaterThan(0);
    },
  },
  {
    name: 'bursts that are longer than one turn of the kernel',
    target: 'recv_tcp',
    args: ['--connections', '2', '--defer', '--buffers', '256', '--size', '8', '--cq', '512'],
    traffic: ['--connections', '2', '--messages', '4', '--size', '900'],
    shows: ({ taskAdds, completions }) => {
      expect(completions).toBeGreaterThanOrEqual(900);
      expect(taskAdds).toBeGreaterThan(10);
    },
  },
  {
    name: 'one user_data for three connections',
    target: 'recv_tcp',
    args: ['--connections', '3', '--same-user-data', '--buffers', '256'],
    sharesUserData: true,
    traffic: ['--connections', '3', '--messages', '50'],
    shows: (total) => expect(total).toMatchObject({ submits: 3, multishot: 3, terminations: { EOF: 3 } }),
  },
  {
    name: 'SQPOLL',
    target: 'recv_tcp',
    args: ['--connections', '2', '--sqpoll', '--echo'],
    traffic: ['--connections', '2', '--messages', '100', '--echo'],
    shows: (total) => expect(total).toMatchObject({ submits: 2, multishot: 2, pollArms: 2, fMore: 200, terminations: { EOF: 2 } }),
  },
  {
    name: 'multishot recvmsg on UDP',
    target: 'recvmsg_udp',
    args: ['--buffers', '8'],
    traffic: ['--messages', '300', '--gap', '20'],
    older: { '0x2000': 'RECVMSG' },
    shows: ({ fMore }) => expect(fMore).toBeGreaterThan(0),
  },
  {
    name: 'several rings, of threads and of a child process',
    target: 'rings',
    args: ['--connections', '3', '--fork'],
    traffic: ['--connections', '3', '--messages', '60'],
    // The first ring reads from a pipe; the ring's memory is asked about recvs alone.
    older: { '0x7e57': 'unknown' },
    shows: (total) => expect(total).toMatchObject({ multishot: 3, terminations: { EOF: 3, ok: 1 } }),
  },
];

const byFd = <R extends { fd: number }>(rings: readonly R[]): R[] => rings.toSorted((a, b) => a.fd - b.fd);

/** Everything that the report counts for the requests of rings, against the text. */
function expectSame(report: TraceReport, text: readonly TextRing[], { sharesUserData }: Pick<Case, 'sharesUserData'> = {}): void {
  const seen = report.rings.map(({ fd, sqEntries, cqEntries, created, opcodes, total }) => ({
    fd,
    ...(created ? { sqEntries, cqEntries } : { sqEntries: 0, cqEntries: 0 }),
    older: !created,
    opcodes: Object.fromEntries(Object.entries(opcodes).map(([name, counts]) => [name, asTextCounts(counts)])),
    total: asTextCounts(total),
  }));
  // Rings that two threads set up at once are told in the one or in the other order.
  expect(byFd(seen)).toEqual(byFd(text));
  const names = new Set(text.flatMap((ring) => Object.keys(ring.opcodes)));
  const sums = [...names].map((name): [string, TextCounts] => [name, addCounts(text.flatMap((ring) => ring.opcodes[name] ?? []))]);
  expect(Object.fromEntries(Object.entries(report.opcodes).map(([name, counts]) => [name, asTextCounts(counts)]))).toEqual(
    Object.fromEntries(sums),
  );
  expect(report).toMatchObject({ dropped: 0, schema: 1, kernelTrace: { lost: 0, scope: 'all', missing: '' } });
  if (sharesUserData) return;
  // The counts of recv alone, which `live` has too, are those of its two opcodes.
  const recv = addCounts(sums.filter(([name]) => name === 'RECV' || name === 'RECVMSG').map(([, counts]) => counts));
  expect(report.pollArms.observed).toBe(recv.pollArms);
  expect(report.wakes + report.fairnessBreaks).toBe(recv.taskAdds);
  expect(report.overflowed).toBe(recv.overflowed);
  expect([report.multishot.submits, report.single.submits]).toEqual([recv.multishot, recv.single]);
  expect(report.total.fMore).toBe(recv.fMore);
  expect(report.total.sockNonEmpty).toBe(recv.sockNonEmpty);
}

describe.each(['tracefs', 'perf'])('%s', (backend) => {
  const flags = ['--headless', '--json', '--backend', backend];

  it.each(cases)('run counts as the kernel does: $name', async (one) => {
    const { path, comm } = ownTarget(one.target);
    const file = join(temporaryFolder(), 'report.json');
    const text = await KernelText.start(comm);
    const ringlens = startRinglens(['run', ...flags, '-o', file, '--', path, ...one.args]);
    await new Sender(protocolOf(one), await ringlens.port(), one.traffic).all();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(ringlens.stderr).toBe('');
    const report: TraceReport = JSON.parse(readFileSync(file, 'utf8'));
    const rings = await text.finish(report.pids);
    expectSame(report, rings, one);
    one.shows(addCounts(rings.map(({ total }) => total)));
    expect(report).toMatchObject({
      command: 'run',
      endedBy: 'exit',
      exit: { code: 0, signal: null },
      target: { name: comm, command: [path, ...one.args] },
      kernelTrace: { backend },
    });
  });

  /** Attaches to `target` and gives what both said when it has ended. */
  async function attach(target: Running, comm: string, act: () => Promise<void>, older: OlderRequests = {}) {
    const text = await KernelText.start(comm, target.pid);
    const ringlens = startRinglens(['attach', `${target.pid}`, ...flags]);
    await traces(ringlens);
    await act();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(ringlens.stderr).toBe('');
    const report: TraceReport = JSON.parse(ringlens.stdout);
    expect(report).toMatchObject({ command: 'attach', endedBy: 'exit', exit: null, target: { pid: target.pid, name: comm } });
    return { report, rings: await text.finish([target.pid], older) };
  }

  it.each(cases)('attach counts as the kernel does: $name', async (one) => {
    const { path, comm } = ownTarget(one.target);
    const server = start(path, one.args);
    const port = await server.port();
    if (one.older !== undefined) await armed(server.pid);
    const { report, rings } = await attach(server, comm, () => new Sender(protocolOf(one), port, one.traffic).all(), one.older);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expectSame(report, rings, one);
    expect(rings[0]?.older).toBe(true);
    one.shows(addCounts(rings.map(({ total }) => total)));
  });

  it('attach counts what requests do that are older than it', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const server = start(path, ['--connections', '2']);
    const sender = new Sender('tcp', await server.port(), '--connections 2 --messages 30 --gap 200'.split(' '));
    await armed(server.pid, 2);
    const { report, rings } = await attach(server, comm, () => sender.all(), { '0x1000': 'RECV', '0x1001': 'RECV' });
    expectSame(report, rings);
    expect(report.opcodes.RECV).toMatchObject({ submits: 0, pollArms: 0, terminations: { EOF: 2 } });
    expect(report.inferred.join(' ')).toMatch(/1 of 1 rings are older than the trace/);
  });
});
