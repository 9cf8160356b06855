/** The JSON of chrome://tracing (the Trace Event Format), which many viewers read. Times are µs since the start of the trace. */
import type { Exporter, Write } from './export.ts';
import { BUFFERS, type Flow, type PointArgs, type TrackSink, tracksExporter } from './tracks.ts';

/** Points are slices of no length: flows bind to slices. */
class Chrome implements TrackSink {
  #write: Write = () => undefined;
  #pid = 0;
  #isFirst = true;
  readonly #counters: string[] = [];
  /** Flows that have begun. */
  readonly #begun = new Set<bigint>();

  begin({ session, write }: Parameters<TrackSink['begin']>[0]): void {
    this.#write = write;
    this.#pid = session.target?.pid ?? session.pid;
    write('{"displayTimeUnit":"ns","traceEvents":[\n');
    this.#event({ ph: 'M', name: 'process_name', args: { name: session.target?.name ?? 'ringlens workload' } });
  }

  #event(event: object): void {
    this.#write(`${this.#isFirst ? '' : ',\n'}${JSON.stringify({ pid: this.#pid, ...event })}`);
    this.#isFirst = false;
  }

  #tid(track: number): number {
    return track === BUFFERS ? 0 : track + 1;
  }

  #args(args: PointArgs): object {
    return { ...args, ...(args.userData === undefined ? {} : { userData: `0x${args.userData.toString(16)}` }) };
  }

  track(track: number, name: string): void {
    this.#event({ ph: 'M', tid: this.#tid(track), name: 'thread_name', args: { name } });
  }

  spanBegin(track: number, t: number, name: string, args: PointArgs): void {
    this.#event({ ph: 'B', tid: this.#tid(track), ts: t / 1e3, name, args: this.#args(args) });
  }

  spanEnd(track: number, t: number): void {
    this.#event({ ph: 'E', tid: this.#tid(track), ts: t / 1e3 });
  }

  point(track: number, t: number, name: string, args: PointArgs, flows: readonly Flow[]): void {
    const at = { tid: this.#tid(track), ts: t / 1e3 };
    this.#event({ ph: 'X', ...at, dur: 0, name, args: this.#args(args) });
    for (const { id, last } of flows) {
      const begun = this.#begun.has(id);
      if (last && !begun) continue;
      this.#event({ ph: last ? 'f' : begun ? 't' : 's', ...at, bp: 'e', cat: 'request', name: 'request', id: `0x${id.toString(16)}` });
      if (last) this.#begun.delete(id);
      else this.#begun.add(id);
    }
  }

  counter(number: number, name: string): void {
    this.#counters[number] = name;
  }

  count(number: number, t: number, available: number): void {
    this.#event({ ph: 'C', ts: t / 1e3, name: this.#counters[number], args: { available } });
  }

  end(): void {
    this.#write('\n]}\n');
  }
}

export const chrome = (): Exporter => tracksExporter(new Chrome());
