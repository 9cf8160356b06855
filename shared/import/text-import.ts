/**
 * The text of another tracer becomes blocks of events. Lines come one after another; what is held has a bound: a window of
 * rows, in which what comes out of order is put in order, and from whose first one the kernel's flag of a multishot is learned.
 *
 *     line ─▶ format ─▶ rows ─▶ window, by time ─▶ attribution ─▶ events ─▶ blocks
 */
import { packBlock } from '../codec/block.ts';
import { EventTable, UserDataDictionary } from '../codec/event-table.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { Attribution, MOST_EVENTS } from './attribution.ts';
import { emptyRow, type KernelRow, type RowKind } from './kernel-row.ts';
import { Lines } from './lines.ts';
import { learnMultishot } from './multishot-flag.ts';
import { sniffText } from './registry.ts';
import { LONGEST_LINE, type TextFormat } from './text-format.ts';

/** Rows that are held; half of them go on when there are so many. */
const WINDOW = 65_536;
/** Lines in which the form of the text is looked for. */
const SNIFF_LINES = 1000;
/** A block has at most so many events. */
const BLOCK_EVENTS = 8192;
/** Lines that could not be read and are shown. */
const EXAMPLES = 5;

/** A text that can't be imported; `message` is one sentence that says what to do. */
export class ImportError extends Error {
  constructor(
    readonly code: 'ENOTTEXT' | 'ENOEVENTS' | 'ETOOLARGE',
    message: string,
  ) {
    super(message);
    this.name = 'ImportError';
  }
}

/** What is known when the first events have been read. */
export interface ImportStart {
  /** "perf script" */
  format: string;
  /** ns on the text's clock: moment 0 of the trace. */
  startNs: bigint;
  /** Whether CQEs and wakes are in the text, or submits and poll arms alone. */
  scope: 'all' | 'arms';
  /** What is weaker than it could be, a sentence each. */
  notes: string[];
}

/** Lines are `events` + `others` + `blank` + `unreadable.count` + those that tell of losses. */
export interface ImportReport {
  lines: number;
  /** Tracepoints that were taken in, and the events that they gave. */
  rows: number;
  events: number;
  /** Tracepoints of other subsystems, or that say nothing for us; comments and empty lines. */
  others: number;
  blank: number;
  unreadable: { count: number; examples: { line: number; text: string }[] };
  /** Losses that the tracer told: places, events (where it told how many). */
  losses: number;
  lost: number;
  /** Rows that came later than the window holds: kept, and moved up. */
  late: number;
  ambiguous: number;
  rings: number;
  /** ns from the first event to the last. */
  length: number;
}

export interface ImportSink {
  /** Once, before the first block. */
  begin(start: ImportStart): void;
  /** Blocks in stream order. */
  block(bytes: Uint8Array): void;
}

/** Every place that this runs in has it; the types of shared/ know no place. */
declare class TextDecoder {
  decode(bytes?: Uint8Array, options?: { stream: boolean }): string;
}

export class TextImport {
  readonly #decoder = new TextDecoder();
  readonly #lines = new Lines((line) => this.line(line));
  #format: TextFormat | null = null;
  #first: string[] = [];
  #window: KernelRow[] = [];
  #attribution: Attribution | null = null;
  readonly #dictionary = new UserDataDictionary();
  #table = new EventTable(BLOCK_EVENTS + MOST_EVENTS, this.#dictionary);
  #count = 0;
  #seq = 0n;
  #startNs = 0;
  /** Trace time of the newest event. */
  #t = 0;
  /** By CPU: losses of which the next row of that CPU tells the time. */
  readonly #pendingLoss = new Map<number, number>();
  readonly #newestOfCpu = new Map<number, number>();
  readonly #report: ImportReport = {
    lines: 0,
    rows: 0,
    events: 0,
    others: 0,
    blank: 0,
    unreadable: { count: 0, examples: [] },
    losses: 0,
    lost: 0,
    late: 0,
    ambiguous: 0,
    rings: 0,
    length: 0,
  };

  constructor(private readonly sink: ImportSink) {}

  /** Takes in a piece of the text, wherever it is cut; throws as `line` does. */
  bytes(piece: Uint8Array): void {
    this.#lines.push(this.#decoder.decode(piece, { stream: true }));
  }

  /** Takes in one line, without its end. Throws ImportError where the first lines are of no tracer that is known. */
  line(text: string): void {
    if (this.#format !== null) {
      this.#read(text, this.#format);
      return;
    }
    this.#first.push(text.slice(0, LONGEST_LINE + 1));
    const format = sniffText([text]);
    if (format !== null) this.#begin(format);
    else if (this.#first.length >= SNIFF_LINES) throw this.#unknown();
  }

  /** The text is over: what is held goes on. Throws ImportError where it has no event of io_uring. */
  end(): ImportReport {
    this.#lines.push(this.#decoder.decode());
    this.#lines.end();
    if (this.#format === null) throw this.#unknown();
    for (const cpu of [...this.#pendingLoss.keys()]) this.#loseBefore(cpu, this.#newest);
    this.#release(this.#window.length);
    this.#flush();
    if (this.#report.rows === 0)
      throw new ImportError(
        'ENOEVENTS',
        `There is no io_uring event in this text (${this.#report.lines} lines): record with -e 'io_uring:*'.`,
      );
    const attribution = this.#attribution as Attribution;
    return { ...this.#report, ambiguous: attribution.ambiguous, rings: attribution.rings, length: this.#t };
  }

  #unknown(): ImportError {
    return new ImportError(
      'ENOTTEXT',
      'This is no text of perf script, trace-cmd report or tracefs: none of its first lines is an event as they write it.',
    );
  }

  #begin(format: TextFormat): void {
    this.#format = format;
    const lines = this.#first;
    this.#first = [];
    for (const line of lines) this.#read(line, format);
  }

  #read(text: string, format: TextFormat): void {
    const report = this.#report;
    report.lines++;
    const line = text.length > LONGEST_LINE ? ({ what: 'unreadable' } as const) : format.read(text);
    switch (line.what) {
      case 'row':
        report.rows++;
        this.#loseBefore(line.row.cpu, line.row.t);
        this.#newestOfCpu.set(line.row.cpu, line.row.t);
        this.#hold(line.row);
        break;
      case 'lost':
        report.losses++;
        if (line.count > 0) report.lost += line.count;
        this.#pendingLoss.set(line.cpu, addLoss(this.#pendingLoss.get(line.cpu), line.count));
        if (line.t !== null) this.#loseBefore(line.cpu, line.t);
        break;
      case 'other':
        report.others++;
        break;
      case 'nothing':
        report.blank++;
        break;
      case 'unreadable':
        report.unreadable.count++;
        if (report.unreadable.examples.length < EXAMPLES)
          report.unreadable.examples.push({ line: report.lines, text: text.trim().slice(0, 120) });
        break;
      default:
        line satisfies never;
    }
  }

  get #newest(): number {
    return this.#window.at(-1)?.t ?? this.#startNs + this.#t;
  }

  /** The loss lies between the row of that CPU before it and the one behind it. */
  #loseBefore(cpu: number, t: number): void {
    const count = this.#pendingLoss.get(cpu);
    if (count === undefined) return;
    this.#pendingLoss.delete(cpu);
    const row = emptyRow('lost', t);
    row.cpu = cpu;
    row.count = count;
    row.a = this.#newestOfCpu.get(cpu) ?? Number.NaN;
    this.#hold(row);
  }

  #hold(row: KernelRow): void {
    this.#window.push(row);
    if (this.#window.length >= WINDOW) this.#release(WINDOW / 2);
  }

  #release(count: number): void {
    const rows = this.#window.sort((x, y) => x.t - y.t);
    if (rows.length === 0) return;
    this.#attribution ??= this.#start(rows);
    for (let i = 0; i < count; i++) this.#take(rows[i] as KernelRow, this.#attribution);
    this.#window = rows.slice(count);
  }

  #start(rows: readonly KernelRow[]): Attribution {
    this.#startNs = (rows[0] as KernelRow).t;
    const bit = learnMultishot(rows);
    const seen = new Set(rows.map(({ kind }) => kind));
    const isAll = seen.has('complete') || seen.has('task_add');
    // Of a longer text, what is missing here may still come.
    const isWhole = rows.length < WINDOW;
    const missing = (['submit', 'poll_arm', 'complete', 'task_add'] as const satisfies RowKind[]).filter((kind) => !seen.has(kind));
    const notes = isWhole ? missing.map((kind) => `The text has no io_uring_${kind === 'submit' ? 'submit_req' : kind}.`) : [];
    if (bit === 0 && seen.has('submit')) notes.push('That a request is a multishot is known from its first poll arm or CQE on.');
    this.sink.begin({
      format: (this.#format as TextFormat).name,
      startNs: BigInt(this.#startNs),
      scope: isAll ? 'all' : 'arms',
      notes,
    });
    return new Attribution(bit);
  }

  #take(row: KernelRow, attribution: Attribution): void {
    const t = row.t - this.#startNs;
    if (t < this.#t) this.#report.late++;
    this.#t = Math.max(this.#t, t);
    this.#count += row.kind === 'lost' ? this.#lost(row) : attribution.apply(row, this.#t, this.#table, this.#count);
    if (this.#count >= BLOCK_EVENTS) this.#flush();
  }

  /** As the tracer of ringlens writes a loss; 0 events = a gap of unknown size. */
  #lost(row: KernelRow): number {
    const table = this.#table;
    const at = this.#count;
    const count = Math.max(0, row.count);
    const since = BigInt(Number.isFinite(row.a) ? row.a : this.#startNs);
    for (const column of [table.res, table.flags, table.request, table.thread, table.ring]) column[at] = 0;
    table.t[at] = this.#t;
    table.kind[at] = Kind.dropped;
    table.provenance[at] = Provenance.tracepoint;
    table.ud[at] = this.#dictionary.idOf(Number(since & 0xffffffffn), Number(since >> 32n));
    table.a[at] = count >>> 0;
    table.b[at] = Math.floor(count / 2 ** 32);
    return 1;
  }

  #flush(): void {
    if (this.#count === 0) return;
    const table = new EventTable(this.#count, this.#dictionary);
    const full = this.#table;
    for (const name of ['t', 'kind', 'provenance', 'ud', 'res', 'flags', 'a', 'b', 'request', 'thread', 'ring'] as const)
      table[name].set(full[name].subarray(0, this.#count));
    this.sink.block(packBlock(table, { seq: this.#seq, startNs: BigInt(this.#startNs), ownRing: false }));
    this.#seq += BigInt(this.#count);
    this.#report.events += this.#count;
    this.#count = 0;
  }
}

/** Two losses before the next row are one; of one that does not tell its size, the sum does not either. */
const addLoss = (before: number | undefined, count: number): number =>
  before === undefined ? count : before < 0 || count < 0 ? -1 : before + count;
