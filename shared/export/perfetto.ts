/**
 * Perfetto's TrackEvent protobuf (protos/perfetto/trace/track_event/track_event.proto, trace_packet.proto of that project):
 * field numbers are theirs. Times are CLOCK_MONOTONIC.
 */
import type { Exporter, Write } from './export.ts';
import { ProtoWriter } from './proto.ts';
import { BUFFERS, type Flow, type PointArgs, type TrackSink, tracksExporter } from './tracks.ts';

const Trace = { packet: 1 } as const;
const Packet = {
  clockSnapshot: 6,
  timestamp: 8,
  sequence: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  clock: 58,
  trackDescriptor: 60,
} as const;
const Snapshot = { clocks: 1, primary: 2 } as const;
const Clock = { id: 1, timestamp: 2 } as const;
const Descriptor = { uuid: 1, name: 2, process: 3, parent: 5, counter: 8 } as const;
const Process = { pid: 1, name: 6 } as const;
const Event = { debug: 4, type: 9, name: 10, track: 11, counterValue: 30, flows: 47, terminatingFlows: 48 } as const;
const EventType = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
const Interned = { eventNames: 2, debugNames: 3, iid: 1, name: 2 } as const;
const Debug = { nameIid: 1, uint: 3, int: 4, string: 6 } as const;
const Counter = { unit: 3, unitCount: 2 } as const;

const SEQUENCE = 1;
const CLEARED = 1;
const NEEDS_STATE = 2;
/** BuiltinClock MONOTONIC and BOOTTIME: the trace has one clock, so both are said to be the same. */
const MONOTONIC = 3;
const BOOTTIME = 6;

const PROCESS_TRACK = 1n;
const LANE_TRACKS = 0x10000n;
const COUNTER_TRACKS = 0x20000n;
const trackOf = (track: number): bigint => (track === BUFFERS ? 2n : LANE_TRACKS + BigInt(track));

class Perfetto implements TrackSink {
  #write: Write = () => undefined;
  #startNs = 0n;
  /** Names that were told, of events and of their arguments. */
  readonly #names = new Map<string, number>();
  readonly #argNames = new Map<string, number>();

  begin({ session, write }: Parameters<TrackSink['begin']>[0]): void {
    this.#write = write;
    this.#startNs = BigInt(session.startNs);
    this.#packet((p) => {
      p.int(Packet.sequenceFlags, CLEARED);
      p.message(Packet.clockSnapshot, (s) => {
        for (const id of [MONOTONIC, BOOTTIME]) s.message(Snapshot.clocks, (c) => c.int(Clock.id, id).int(Clock.timestamp, this.#startNs));
        s.int(Snapshot.primary, MONOTONIC);
      });
    });
    const { target, pid, kernel } = session;
    this.#descriptor(PROCESS_TRACK, null, (d) =>
      d.message(Descriptor.process, (q) =>
        q.int(Process.pid, target?.pid ?? pid).string(Process.name, `${target === null ? 'ringlens workload' : target.name} on ${kernel}`),
      ),
    );
  }

  /** One TracePacket, as a field of the Trace: files of packets can be put one behind the other. */
  #packet(write: (p: ProtoWriter) => void): void {
    const trace = new ProtoWriter();
    trace.message(Trace.packet, (p) => {
      p.int(Packet.sequence, SEQUENCE);
      write(p);
    });
    this.#write(trace.take());
  }

  #descriptor(uuid: bigint, name: string | null, more: (d: ProtoWriter) => unknown = () => undefined): void {
    this.#packet((p) =>
      p.message(Packet.trackDescriptor, (d) => {
        d.int(Descriptor.uuid, uuid);
        if (uuid !== PROCESS_TRACK) d.int(Descriptor.parent, PROCESS_TRACK);
        if (name !== null) d.string(Descriptor.name, name);
        more(d);
      }),
    );
  }

  #event(t: number, names: readonly string[], args: readonly string[], write: (e: ProtoWriter) => void): void {
    const freshNames = names.filter((name) => !this.#names.has(name));
    const freshArgs = args.filter((name) => !this.#argNames.has(name));
    for (const name of freshNames) this.#names.set(name, this.#names.size + 1);
    for (const name of freshArgs) this.#argNames.set(name, this.#argNames.size + 1);
    this.#packet((p) => {
      p.int(Packet.timestamp, this.#startNs + BigInt(Math.round(t)));
      p.int(Packet.clock, MONOTONIC);
      p.int(Packet.sequenceFlags, NEEDS_STATE);
      if (freshNames.length + freshArgs.length > 0) {
        p.message(Packet.internedData, (d) => {
          for (const [field, fresh, ids] of [
            [Interned.eventNames, freshNames, this.#names],
            [Interned.debugNames, freshArgs, this.#argNames],
          ] as const)
            for (const name of fresh) d.message(field, (n) => n.int(Interned.iid, ids.get(name) as number).string(Interned.name, name));
        });
      }
      p.message(Packet.trackEvent, write);
    });
  }

  #args(e: ProtoWriter, args: PointArgs): void {
    for (const [name, value] of Object.entries(args)) {
      e.message(Event.debug, (d) => {
        d.int(Debug.nameIid, this.#argNames.get(name) as number);
        if (typeof value === 'string') d.string(Debug.string, value);
        else if (typeof value === 'bigint') d.int(Debug.uint, value);
        else d.int(Debug.int, value);
      });
    }
  }

  track(track: number, name: string): void {
    this.#descriptor(trackOf(track), name);
  }

  spanBegin(track: number, t: number, name: string, args: PointArgs): void {
    this.#event(t, [name], Object.keys(args), (e) => {
      e.int(Event.type, EventType.begin)
        .int(Event.track, trackOf(track))
        .int(Event.name, this.#names.get(name) as number);
      this.#args(e, args);
    });
  }

  spanEnd(track: number, t: number): void {
    this.#event(t, [], [], (e) => e.int(Event.type, EventType.end).int(Event.track, trackOf(track)));
  }

  point(track: number, t: number, name: string, args: PointArgs, flows: readonly Flow[]): void {
    this.#event(t, [name], Object.keys(args), (e) => {
      e.int(Event.type, EventType.instant)
        .int(Event.track, trackOf(track))
        .int(Event.name, this.#names.get(name) as number);
      this.#args(e, args);
      for (const { id, last } of flows) e.fixed64(last ? Event.terminatingFlows : Event.flows, id);
    });
  }

  counter(number: number, name: string): void {
    this.#descriptor(COUNTER_TRACKS + BigInt(number), name, (d) =>
      d.message(Descriptor.counter, (c) => c.int(Counter.unit, Counter.unitCount)),
    );
  }

  count(number: number, t: number, available: number): void {
    this.#event(t, [], [], (e) =>
      e
        .int(Event.type, EventType.counter)
        .int(Event.track, COUNTER_TRACKS + BigInt(number))
        .int(Event.counterValue, available),
    );
  }

  end(): void {}
}

export const perfetto = (): Exporter => tracksExporter(new Perfetto());
