/**
 * The text of a run, imported, gives what the tracer saw of the same run: the same requests, arms and CQEs, in every form that
 * the text can have. trace-cmd does not run on every machine: its lines are made here of the kernel's own.
 */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unpackBlock } from '../../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { type ImportReport, TextImport } from '../../../shared/import/text-import.ts';
import { Kind, RequestFlag } from '../../../shared/schema/events.ts';
import { Opcode } from '../../../shared/schema/uapi.ts';
import { BUILD_MS, buildWhereUseful, type Dump, needsTracing, program, trace, traffic } from './harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

/** Of these the text tells all that is compared. */
const compared: ReadonlySet<number> = new Set([
  Kind.ring_create,
  Kind.submit,
  Kind.file_get,
  Kind.poll_arm,
  Kind.wake,
  Kind.complete,
  Kind.cqe_overflow,
  Kind.cq_wait,
  Kind.req_failed,
]);

function imported(lines: readonly string[]): { events: EventRecord[]; report: ImportReport; startNs: bigint } {
  const dictionary = new UserDataDictionary();
  const events: EventRecord[] = [];
  let startNs = 0n;
  const text = new TextImport({
    begin: (start) => {
      startNs = start.startNs;
    },
    block: (bytes) => {
      const { table } = unpackBlock(bytes, dictionary, startNs);
      for (let i = 0; i < table.length; i++) events.push(eventAt(table, i));
    },
  });
  for (const line of lines) text.line(line);
  return { events, report: text.end(), startNs };
}

type Compared = Pick<EventRecord, 'kind' | 'userData' | 'res' | 'flags' | 'a' | 'b' | 'request'>;

/**
 * Of a submit the text tells opcode and SQE flags. That it is a multishot the import learns before the kernel proves it, and
 * tracer_dump does not: that is compared below.
 */
function keyOf({ kind, userData, res, flags, a, b, request }: Compared): string {
  const plain = (word: number): number => word & ~RequestFlag.multishot;
  const words = {
    [Kind.submit]: [a & 0xffff],
    [Kind.file_get]: [res, plain(b)],
    [Kind.wake]: [res, flags, a, plain(b)],
    [Kind.complete]: [res, flags, plain(a), b],
    [Kind.cqe_overflow]: [res, flags, plain(a), b],
  }[kind] ?? [res, flags, a, b];
  return [kind, kind === Kind.ring_create ? 0n : userData, request, ...words].join(' ');
}

type Numbered = Compared & { ring: number };
const name = ({ ring, request }: Numbered): string => `${ring}/${request}`;
const MULTISHOT = 2 << 16;

/** Requests that the import takes for multishots when they are submitted, and those that the kernel proves to be some, or none. */
function multishots(imported: readonly Numbered[], traced: readonly Numbered[]) {
  const arms = traced.filter(({ kind }) => kind === Kind.poll_arm);
  const isMulti = ({ flags }: Numbered): boolean => (flags & RequestFlag.multishot) !== 0;
  return {
    told: new Set(imported.filter(({ kind, a }) => kind === Kind.submit && (a & MULTISHOT) !== 0).map(name)),
    proven: arms.filter(isMulti).map(name),
    refuted: arms.filter((arm) => !isMulti(arm)).map(name),
  };
}

/**
 * By ring, kind and request, in their order. Both traces stamp an event on their own, so that what happened on two CPUs at once
 * may stand in one or another order.
 */
function byRing(events: readonly Numbered[]): Record<string, string[]> {
  const rings = new Map<string, string[]>();
  for (const event of events) {
    if (!compared.has(event.kind)) continue;
    const of = `ring ${event.ring} kind ${event.kind} request ${event.request}`;
    const list = rings.get(of) ?? [];
    rings.set(of, list);
    list.push(keyOf(event));
  }
  return Object.fromEntries(rings);
}

/** Lines of the rings that the tracer had, and no others. */
function linesOf({ text, rings }: Dump): string[] {
  const contexts = rings.map(({ ctx }) => ctx.replace(/^0x0*/, ''));
  return text.split('\n').filter((line) => contexts.some((ctx) => line.includes(`ring ${ctx}`)));
}

const LINE = /^\s*(.+)-(\d+)\s+(\[\d+\])\s+\S+\s+([\d.]+): (io_uring_\w+): (.*)$/;

/** The same line as perf script has it. */
const asPerf = (line: string): string => {
  const [, comm, tid, cpu, time, event, payload] = LINE.exec(line) as RegExpExecArray;
  const pointers = (payload as string).replace(
    /\b(ring|req) (?:0x)?([0-9a-f]+)/g,
    (_, name, at) => `${name} ${/^0+$/.test(at) ? '(nil)' : `0x${at}`}`,
  );
  return `${(comm as string).padStart(16)} ${tid} ${cpu} ${time}: ${`io_uring:${event}`.padStart(36)}: ${pointers}`;
};

const rawNames: Readonly<Record<string, string>> = { ring: 'ctx', result: 'res', 'sq size': 'sq_entries', 'cq size': 'cq_entries' };
const hexInWords = new Set(['ring', 'req', 'mask', 'events', 'cflags', 'flags']);
/** The same line as trace-cmd report -R -t has it: fields by name, decimal where they are no pointers, ns. */
const asRaw = (line: string): string => {
  const [, comm, tid, cpu, time, event, payload] = LINE.exec(line) as RegExpExecArray;
  const fields: string[] = [];
  for (const [, name = '', value = ''] of (payload as string).matchAll(/([a-z_]+\d*(?: size)?)[ =]([^\s,]+)/g)) {
    const isPointer = name === 'ring' || name === 'req';
    const number = hexInWords.has(name) ? BigInt(`0x${value.replace(/^0x/, '')}`) : value;
    const shown = isPointer
      ? `0x${(number as bigint).toString(16)}`
      : name === 'opcode'
        ? (Opcode as Readonly<Record<string, number>>)[value]
        : number;
    fields.push(`${rawNames[name] ?? name}=${shown}`);
  }
  return `${comm}-${tid} ${cpu} ${time}000: ${event}: ${fields.join(' ')}`;
};

const forms: [string, (lines: string[]) => string[]][] = [
  ['tracefs', (lines) => lines],
  ['perf script', (lines) => lines.map(asPerf)],
  ['trace-cmd report', (lines) => ['cpus=2', ...lines.map(asPerf).map(fromPerf)]],
  ['trace-cmd report -R -t', (lines) => ['cpus=2', ...lines.map(asRaw)]],
];
/** trace-cmd writes pointers as perf does, in lines like those of tracefs without their flags. */
function fromPerf(line: string): string {
  const [, comm, tid, cpu, time, event, payload] = /^\s*(.*\S) (\d+) (\[\d+\]) ([\d.]+): +io_uring:(\w+): (.*)$/.exec(
    line,
  ) as RegExpExecArray;
  return `${(comm as string).padStart(16)}-${tid} ${cpu}  ${time}: ${event}:    ${payload}`;
}

const runs = [
  {
    name: 'multishot recv',
    target: 'recv_tcp',
    args: ['--connections', '2', '--echo'],
    traffic: ['--connections', '2', '--messages', '400', '--echo'],
  },
  { name: 'single shot', target: 'recv_tcp', args: ['--single', '--echo'], traffic: ['--messages', '300', '--echo'] },
  {
    name: 'a refused SQE, few buffers and a CQ that overflows',
    target: 'recv_tcp',
    args: ['--refuse', '--buffers', '16', '--size', '16', '--sq', '2', '--cq', '4', '--lazy', '50'],
    traffic: ['--messages', '40', '--size', '64'],
  },
  {
    name: 'one user_data for three connections',
    target: 'recv_tcp',
    args: ['--connections', '3', '--same-user-data'],
    traffic: ['--connections', '3', '--messages', '50', '--gap', '100'],
  },
  { name: 'several rings', target: 'rings', args: ['--connections', '3', '--fork'], traffic: ['--connections', '3', '--messages', '60'] },
] as const;

describe('an imported text', () => {
  test.each(runs)('of $name is what the tracer saw', async ({ target, args, traffic: sent }) => {
    const { running, finish } = trace(['--', program(target), ...args], target);
    await traffic('tcp', await running.port(), sent);
    const dump = await finish();
    expect(dump.code).toBe(0);
    expect(dump.stats).toMatchObject({ lost: 0, ringLost: 0, late: 0 });
    const lines = linesOf(dump);
    for (const [form, made] of forms) {
      const { events, report, startNs } = imported(made(lines));
      expect(report.unreadable, form).toEqual({ count: 0, examples: [] });
      expect(report, form).toMatchObject({ losses: 0, late: 0, rings: dump.rings.length });
      expect(byRing(events), form).toEqual(byRing(dump.events));
      const { told, proven, refuted } = multishots(events, dump.events);
      expect(proven.filter((request) => !told.has(request) && !request.endsWith('/0'))).toEqual([]);
      expect(refuted.filter((request) => told.has(request))).toEqual([]);
      // The same clock.
      const first = dump.events.find(({ kind }) => compared.has(kind));
      expect(Math.abs(Number((first?.t as bigint) - startNs))).toBeLessThan(50e6);
    }
  });
});
