import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackBlock } from '../codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../codec/event-table.ts';
import { kindName } from '../schema/events.ts';
import { Lines } from './lines.ts';
import { ImportError, type ImportReport, type ImportStart, TextImport } from './text-import.ts';

interface Imported {
  events: EventRecord[];
  start: ImportStart;
  report: ImportReport;
}

function imported(text: string): Imported {
  const dictionary = new UserDataDictionary();
  const events: EventRecord[] = [];
  let start: ImportStart | undefined;
  const run = new TextImport({
    begin: (told) => {
      start = told;
    },
    block: (bytes) => {
      const { table } = unpackBlock(bytes, dictionary, start?.startNs ?? 0n);
      for (let i = 0; i < table.length; i++) events.push(eventAt(table, i));
    },
  });
  const lines = new Lines((line) => run.line(line));
  lines.push(text);
  lines.end();
  const report = run.end();
  return { events, report, start: start as ImportStart };
}

const words = ({ events }: Imported): string[] => events.map(({ kind, request }) => `${kindName(kind)} ${request}`);
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

/** One arm, a CQE with MORE, the end: as tracefs writes it. */
const arm = [
  ' srv-7 [000] ..... 10.000001: io_uring_create: ring ffff8881, fd 3 sq size 8, cq size 16, flags 0x0',
  ' srv-7 [000] ..... 10.000002: io_uring_submit_req: ring ffff8881, req ffff99, user_data 0xa1, opcode RECV, flags 0x8400020, sq_thread 0',
  ' srv-7 [000] ..... 10.000003: io_uring_file_get: ring ffff8881, req ffff99, user_data 0xa1, fd 5',
  ' srv-7 [000] ..... 10.000004: io_uring_poll_arm: ring ffff8881, req ffff99, user_data 0xa1, opcode RECV, mask 0x8000004b, events 0x8000207b',
  ' cli-9 [001] d..1. 10.000005: io_uring_task_add: ring ffff8881, req ffff99, user_data 0xa1, opcode RECV, mask c3',
  ' srv-7 [000] ...1. 10.000006: io_uring_complete: ring ffff8881, req 0000000000000000, user_data 0xa1, result 32, cflags 0x3 extra1 0 extra2 0 ',
  ' srv-7 [000] ...1. 10.000007: io_uring_complete: ring ffff8881, req ffff99, user_data 0xa1, result 0, cflags 0x0 extra1 0 extra2 0 ',
];

describe('an imported text', () => {
  it('becomes events with their request, thread and ring', () => {
    const done = imported(arm.join('\n'));
    expect(words(done)).toEqual(['ring_create 0', 'submit 1', 'file_get 1', 'poll_arm 1', 'wake 1', 'complete 1', 'complete 1']);
    const [create, submit, , poll, wake, more, end] = done.events as [EventRecord, ...EventRecord[]] as EventRecord[];
    expect(create).toMatchObject({ t: 0, res: 3, a: 8, b: 16, ring: 1, thread: 1 });
    // The flag of a multishot was learned from the poll arm.
    expect(submit).toMatchObject({ t: 1000, userData: 0xa1n, res: -1, a: 27 | (0x20 << 8) | (2 << 16) });
    expect(poll).toMatchObject({ res: 5, a: 0x8000004b, b: 0x8000207b });
    expect(wake).toMatchObject({ thread: 2, a: 0xc3, res: 5 });
    expect(more).toMatchObject({ res: 32, flags: 3, b: 5 });
    expect(end).toMatchObject({ res: 0, flags: 0, t: 6000 });
    expect(done.start).toMatchObject({ format: 'tracefs', startNs: 10_000_001_000n, scope: 'all', notes: [] });
    expect(done.report).toMatchObject({ lines: 7, rows: 7, events: 7, rings: 1, unreadable: { count: 0 } });
  });

  it('shows a request that is older than the text with its first event', () => {
    const done = imported(arm.slice(3).join('\n'));
    expect(words(done)).toEqual(['request_found 1', 'poll_arm 1', 'wake 1', 'complete 1', 'complete 1']);
  });

  it('is put in order where CPUs came out of turn', () => {
    const [a, b, c, d, e, f, g] = arm as [string, string, string, string, string, string, string];
    expect(imported([a, b, e, d, c, g, f].join('\n')).events).toEqual(imported(arm.join('\n')).events);
  });

  it.each([
    ['ftrace', 'CPU:1 [LOST 12 EVENTS]', 12],
    ['ftrace, which does not know how many', 'CPU:1 [LOST EVENTS]', 0],
    ['trace-cmd', 'CPU:1 [30 EVENTS DROPPED]', 30],
    ['trace-cmd, which does not know how many', 'CPU:1 [EVENTS DROPPED]', 0],
  ])('tells a loss of %s at its place', (_, line, count) => {
    const text = [...arm.slice(0, 4), line, ...arm.slice(4)].join('\n');
    const done = imported(text);
    const at = done.events.findIndex(({ kind }) => kindName(kind) === 'dropped');
    expect(words(done).slice(at - 1, at + 2)).toEqual(['poll_arm 1', 'dropped 0', 'wake 1']);
    expect(done.events[at]).toMatchObject({ t: 4000, a: count });
    expect(done.report).toMatchObject({ losses: 1, lost: count });
  });

  it('tells a loss of perf at its own time', () => {
    const text = [
      ' srv 7 [000] 10.000001: io_uring:io_uring_create: ring 0xffff8881, fd 3 sq size 8, cq size 16, flags 0x0',
      ' srv 7 [000] 10.000004: PERF_RECORD_LOST lost 7',
      ' srv 7 [000] 10.000009: io_uring:io_uring_cqring_wait: ring 0xffff8881, min_events 1',
    ].join('\n');
    expect(imported(text).events).toMatchObject([{ t: 0 }, { t: 3000, a: 7, userData: 10_000_001_000n }, { t: 8000 }]);
  });

  it('counts lines that can not be read, and shows some of them', () => {
    const torn = [
      arm[0],
      arm[1]?.slice(0, 80),
      ...arm.slice(2, 4),
      'what is this',
      ' x-1 [000] ..... 10.5: sched_switch: prev_comm=a',
    ].join('\n');
    const { report } = imported(torn);
    expect(report).toMatchObject({ rows: 3, others: 1, unreadable: { count: 2 } });
    expect(report.unreadable.examples).toMatchObject([{ line: 2 }, { line: 5, text: 'what is this' }]);
  });

  it('that is none is refused in a sentence', () => {
    expect(() => imported('Dear diary,\nnothing happened.\n')).toThrow(ImportError);
    expect(() => imported('')).toThrow(/no text of perf script/);
    expect(() => imported('# tracer: nop\n#\n')).toThrow(/no io_uring event/);
  });

  it('of names with spaces, brackets and numbers is read too', () => {
    const { report } = imported(arm.join('\n').replaceAll('srv-7', 'io_uring_x: [9]-1 -7').replaceAll('cli-9', 'a b-2-9'));
    expect(report).toMatchObject({ rows: 7, unreadable: { count: 0 } });
  });
});

describe.each([
  ['perf script', 'perf-script.txt'],
  ['tracefs', 'tracefs.txt'],
])('a text of %s, as it was recorded', (format, name) => {
  it('is read to the last line', () => {
    const text = fixture(name);
    const events = text.split('\n').filter((line) => line.includes(': io_uring_') || line.includes(':io_uring_'));
    const done = imported(text);
    expect(done.start.format).toBe(format);
    expect(done.report.unreadable).toEqual({ count: 0, examples: [] });
    expect(done.report.rows + done.report.others).toBe(events.length);
    // One arm of a multishot, each CQE of it with its number.
    const completes = done.events.filter(({ kind }) => kindName(kind) === 'complete');
    expect(completes.length).toBe(events.filter((line) => line.includes('io_uring_complete')).length);
    expect(new Set(completes.map(({ request }) => request))).toEqual(new Set([1]));
    expect(done.events.filter(({ kind }) => kindName(kind) === 'poll_arm')).toHaveLength(1);
  });
});

it('is the same trace in both forms of one run', () => {
  const told = (name: string) =>
    imported(fixture(name)).events.map(({ kind, request, userData, res, flags, a, b, ring }) =>
      [kind, request, userData, res, flags, a, b, ring].join(' '),
    );
  expect(told('perf-script.txt')).toEqual(told('tracefs.txt'));
});

describe('whatever comes as text', () => {
  const line = fc.oneof(
    fc.constantFrom(...arm, 'CPU:0 [LOST 3 EVENTS]', '# comment', ''),
    fc.string({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...arm), fc.nat(150), fc.string({ maxLength: 8 }))
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at)),
    fc.tuple(fc.constantFrom(...arm), fc.nat(150)).map(([text, at]) => text.slice(0, at)),
  );

  it('each line is counted once, time goes forward, and nothing is thrown but what it is for', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const one = lines.map((text) => text.replaceAll(/[\r\n]/g, ' '));
        let done: Imported;
        try {
          done = imported(`${one.join('\n')}\n`);
        } catch (e) {
          expect(e).toBeInstanceOf(ImportError);
          return;
        }
        const { report, events } = done;
        expect(report.rows + report.others + report.blank + report.unreadable.count + report.losses).toBe(report.lines);
        expect(report.lines).toBe(one.length);
        expect(events.length).toBe(report.events);
        for (let i = 1; i < events.length; i++) expect(events[i]?.t).toBeGreaterThanOrEqual(events[i - 1]?.t as number);
      }),
    );
  });

  it('is the same however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r'), maxLength: 20 }), { maxLength: 10 }), (pieces) => {
        const whole: string[] = [];
        const cut: string[] = [];
        const one = new Lines((text) => whole.push(text));
        one.push(pieces.join(''));
        one.end();
        const many = new Lines((text) => cut.push(text));
        for (const piece of pieces) many.push(piece);
        many.end();
        expect(cut).toEqual(whole);
      }),
    );
  });

  it('a line without an end is held no longer than a line may be', () => {
    const lengths: number[] = [];
    const lines = new Lines((text) => lengths.push(text.length));
    for (let i = 0; i < 1000; i++) lines.push('x'.repeat(10_000));
    lines.end();
    expect(lengths).toEqual([1025]);
  });
});
