/** Our stream, from each back end, is what the kernel itself prints of the same run: same events, same fields, none missing. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Kind } from '../../../shared/schema/events.ts';
import { CqeFlag } from '../../../shared/schema/uapi.ts';
import { BUILD_MS, backends, buildWhereUseful, type Dump, needsTracing, program, trace, traffic } from './harness.ts';
import { compare, expectedEvents, keysOf, parseText } from './text-trace.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

interface Run {
  name: string;
  target: string;
  args: string[];
  protocol: 'tcp' | 'udp';
  traffic: string[];
  /** The kinds that this run is here for. */
  shows: number[];
}

const runs: Run[] = [
  {
    name: 'multishot recv, two connections',
    target: 'recv_tcp',
    args: ['--connections', '2'],
    protocol: 'tcp',
    traffic: ['--connections', '2', '--messages', '2000'],
    shows: [Kind.ring_create, Kind.submit, Kind.file_get, Kind.poll_arm, Kind.wake, Kind.complete, Kind.task_work, Kind.cq_wait],
  },
  {
    name: 'single shot, request and response',
    target: 'recv_tcp',
    args: ['--single', '--echo'],
    protocol: 'tcp',
    traffic: ['--messages', '1000', '--echo'],
    shows: [Kind.submit, Kind.poll_arm, Kind.wake, Kind.complete],
  },
  {
    name: 'a DEFER_TASKRUN ring',
    target: 'recv_tcp',
    args: ['--defer', '--connections', '3'],
    protocol: 'tcp',
    traffic: ['--connections', '3', '--messages', '500'],
    shows: [Kind.task_work, Kind.wake, Kind.complete],
  },
  {
    name: 'an SQPOLL ring',
    target: 'recv_tcp',
    args: ['--sqpoll'],
    protocol: 'tcp',
    traffic: ['--messages', '300', '--gap', '200'],
    shows: [Kind.submit, Kind.complete],
  },
  {
    name: 'a refused SQE, few buffers and a small CQ that overflows',
    target: 'recv_tcp',
    args: ['--refuse', '--buffers', '16', '--size', '16', '--sq', '2', '--cq', '4', '--lazy', '50'],
    protocol: 'tcp',
    traffic: ['--messages', '40', '--size', '64'],
    shows: [Kind.req_failed, Kind.cqe_overflow, Kind.complete],
  },
  {
    name: 'an end by reset',
    target: 'recv_tcp',
    args: [],
    protocol: 'tcp',
    traffic: ['--messages', '10', '--gap', '100', '--reset'],
    shows: [Kind.wake, Kind.complete],
  },
  {
    name: 'one user_data for three connections',
    target: 'recv_tcp',
    args: ['--connections', '3', '--same-user-data'],
    protocol: 'tcp',
    traffic: ['--connections', '3', '--messages', '100', '--gap', '100'],
    shows: [Kind.complete],
  },
  {
    name: 'multishot recvmsg on UDP',
    target: 'recvmsg_udp',
    args: [],
    protocol: 'udp',
    traffic: ['--messages', '3000', '--gap', '20'],
    shows: [Kind.submit, Kind.poll_arm, Kind.complete],
  },
  {
    name: 'several rings, with threads and a child process that come later',
    target: 'rings',
    args: ['--connections', '4', '--fork'],
    protocol: 'tcp',
    traffic: ['--connections', '4', '--messages', '200'],
    shows: [Kind.ring_create, Kind.poll_arm, Kind.complete],
  },
];

function expectInOrder(dump: Dump): void {
  for (let i = 1; i < dump.events.length; i++) {
    if ((dump.events[i]?.t as bigint) < (dump.events[i - 1]?.t as bigint)) throw new Error(`event ${i} goes back in time`);
  }
}

describe("same events as the kernel's text", () => {
  for (const backend of backends) {
    test.each(runs)(`${backend}: $name`, async (run) => {
      const { running, finish } = trace(['--backend', backend, '--', program(run.target), ...run.args], run.target);
      await traffic(run.protocol, await running.port(), run.traffic);
      const dump = await finish();
      expect(dump.code).toBe(0);

      const difference = compare(expectedEvents(parseText(dump.text), run.target), keysOf(dump));
      expect(difference).toMatchObject({ missing: [], extra: [], wrongRequest: [], wrongFacts: [] });
      expect(difference.apartUs).toBeLessThan(50_000);
      expect(dump.stats).toMatchObject({ backend, lost: 0, ringLost: 0, missing: 0, notes: 0 });
      for (const kind of run.shows) expect(dump.events.filter((e) => e.kind === kind).length, `kind ${kind}`).toBeGreaterThan(0);
      expectInOrder(dump);
    });
  }

  test('the parser of the text takes every line of ours', async () => {
    const { running, finish } = trace(['--', program('recv_tcp')], 'recv_tcp');
    await traffic('tcp', await running.port(), ['--messages', '50']);
    const dump = await finish();
    const printed = dump.text.split('\n').filter((l) => /: io_uring_/.test(l)).length;
    expect(parseText(dump.text).length).toBe(printed);
  });
});

describe('the rule of multishot', () => {
  for (const backend of backends) {
    test(`${backend}: one poll_arm for an arm, over thousands of messages`, async () => {
      const { running, finish } = trace(['--backend', backend, '--', program('recv_tcp'), '--echo', '--buffers', '256']);
      await traffic('tcp', await running.port(), ['--messages', '5000', '--echo']);
      const dump = await finish();
      const count = (kind: number) => dump.events.filter((e) => e.kind === kind).length;
      const more = dump.events.filter((e) => e.kind === Kind.complete && (e.flags & CqeFlag.F_MORE) !== 0);
      expect(count(Kind.submit)).toBe(1);
      expect(count(Kind.poll_arm)).toBe(1);
      expect(more.length).toBe(5000);
      // Other tracers lose these: req is NULL in the kernel's record.
      expect(new Set(more.map((e) => e.request))).toEqual(new Set([1]));
    });

    test(`${backend}: one poll_arm for each single shot that finds no data`, async () => {
      const { running, finish } = trace(['--backend', backend, '--', program('recv_tcp'), '--single', '--echo']);
      await traffic('tcp', await running.port(), ['--messages', '2000', '--echo']);
      const dump = await finish();
      const of = (kind: number) => dump.events.filter((e) => e.kind === kind);
      expect(of(Kind.submit).length).toBe(2001);
      expect(of(Kind.poll_arm).length).toBe(2001);
      expect(of(Kind.complete).map((e) => e.request)).toEqual(Array.from({ length: 2001 }, (_, i) => i + 1));
    });
  }

  test('"arms" traces what a request costs, not what a CQE costs', async () => {
    const { running, finish } = trace(['--what', 'arms', '--', program('recv_tcp')]);
    await traffic('tcp', await running.port(), ['--messages', '1000', '--gap', '10']);
    const dump = await finish();
    expect(new Set(dump.events.map((e) => e.kind))).toEqual(new Set([Kind.ring_create, Kind.submit, Kind.poll_arm]));
    expect(dump.events.length).toBeLessThan(10);
  });
});
