/** Exports of a recorded run, read by other readers: protobufjs, JSON, lines. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatsReport } from '../../agent/src/cli/stats-report.ts';
import { openTraceFile } from '../../agent/src/trace/open-file.ts';
import { unpackBlock } from '../../shared/codec/block.ts';
import { UserDataDictionary } from '../../shared/codec/event-table.ts';
import { RingModel } from '../../shared/model/ring-model.ts';
import { isOneSentence, runAgent } from '../support/run-agent.ts';

const example = fileURLToPath(new URL('../../examples/bursts.ringlens', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ringlens-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function exported(to: string): Promise<Buffer> {
  const path = join(folder, `out.${to}`);
  const { code, err } = await runAgent('export', example, '--to', to, '-o', path, '--force');
  expect([code, err]).toEqual([0, `${path}: ${stats.events} events.\n`]);
  return readFileSync(path);
}

let stats: StatsReport;
/** Available buffers after each event that changed them, and its time. */
const available: [bigint, number][] = [];
let startNs = 0n;
beforeAll(async () => {
  stats = JSON.parse((await runAgent('stats', example, '--json')).out);
  const { trace, close } = await openTraceFile(example);
  startNs = BigInt(trace.header.session.startNs);
  const dictionary = new UserDataDictionary();
  const model = new RingModel(dictionary);
  for (let part = 0; part < trace.parts.length; part++) {
    for (const block of await trace.blocks(part)) {
      const { table } = unpackBlock(block, dictionary, startNs);
      for (let i = 0; i < table.length; i++) {
        model.apply(table, i);
        const free = model.group?.free;
        if (free === undefined || model.restating !== null || free === available.at(-1)?.[1]) continue;
        available.push([startNs + BigInt(Math.round(table.t[i] as number)), free]);
      }
    }
  }
  await close();
});

/** The public messages, as far as they are used: field numbers of the Perfetto project's protos. */
const messages = `
syntax = "proto2";
message Trace { repeated TracePacket packet = 1; }
message TracePacket {
  optional ClockSnapshot clock_snapshot = 6;
  optional uint64 timestamp = 8;
  optional uint32 trusted_packet_sequence_id = 10;
  optional TrackEvent track_event = 11;
  optional InternedData interned_data = 12;
  optional uint32 sequence_flags = 13;
  optional uint32 timestamp_clock_id = 58;
  optional TrackDescriptor track_descriptor = 60;
}
message ClockSnapshot { message Clock { optional uint32 clock_id = 1; optional uint64 timestamp = 2; } repeated Clock clocks = 1; optional uint32 primary_trace_clock = 2; }
message TrackDescriptor { optional uint64 uuid = 1; optional string name = 2; optional ProcessDescriptor process = 3; optional uint64 parent_uuid = 5; optional CounterDescriptor counter = 8; }
message ProcessDescriptor { optional int32 pid = 1; optional string process_name = 6; }
message CounterDescriptor { optional int32 type = 1; optional int32 unit = 3; }
message TrackEvent {
  repeated DebugAnnotation debug_annotations = 4;
  optional int32 type = 9;
  optional uint64 name_iid = 10;
  optional uint64 track_uuid = 11;
  optional int64 counter_value = 30;
  repeated fixed64 flow_ids = 47;
  repeated fixed64 terminating_flow_ids = 48;
}
message InternedData { repeated Name event_names = 2; repeated Name debug_annotation_names = 3; }
message Name { optional uint64 iid = 1; optional string name = 2; }
message DebugAnnotation { optional uint64 name_iid = 1; optional uint64 uint_value = 3; optional int64 int_value = 4; optional string string_value = 6; }
`;

interface Packet {
  timestamp?: string;
  timestampClockId?: number;
  trackDescriptor?: { uuid: string; name?: string; parentUuid?: string; counter?: object };
  internedData?: { eventNames?: { iid: string; name: string }[] };
  trackEvent?: {
    type: number;
    nameIid?: string;
    trackUuid: string;
    counterValue?: string;
    flowIds?: string[];
    terminatingFlowIds?: string[];
  };
}

describe('an export', () => {
  it('to Perfetto is well formed: spans end, arrows arrive, counters count what the model counts', async () => {
    const type = protobuf.parse(messages).root.lookupType('Trace');
    const { packet: packets } = type.toObject(type.decode(await exported('perfetto')), { longs: String }) as { packet: Packet[] };
    const tracks = new Map<string, string>();
    const counters = new Set<string>();
    const names = new Map<string, string>();
    const depth = new Map<string, number>();
    const counted = new Map<string, number>();
    const begun = new Map<string, number>();
    const ended = new Map<string, number>();
    const counts: [bigint, number][] = [];
    let newest = 0n;
    for (const { trackDescriptor, internedData, trackEvent, timestamp, timestampClockId } of packets) {
      if (trackDescriptor !== undefined) {
        tracks.set(trackDescriptor.uuid, trackDescriptor.name ?? '');
        if (trackDescriptor.counter !== undefined) counters.add(trackDescriptor.uuid);
      }
      for (const { iid, name } of internedData?.eventNames ?? []) names.set(iid, name);
      if (trackEvent === undefined) continue;
      expect(timestampClockId).toBe(3);
      const t = BigInt(timestamp ?? '0');
      expect(t).toBeGreaterThanOrEqual(newest);
      newest = t;
      const { type: what, trackUuid, nameIid, counterValue, flowIds = [], terminatingFlowIds = [] } = trackEvent;
      expect(tracks.has(trackUuid)).toBe(true);
      if (what === 4) {
        expect(counters.has(trackUuid)).toBe(true);
        counts.push([t, Number(counterValue)]);
        continue;
      }
      const name = what === 2 ? '' : (names.get(nameIid ?? '') ?? 'a name that was not told');
      expect(name).not.toBe('a name that was not told');
      counted.set(name, (counted.get(name) ?? 0) + 1);
      if (what === 1) depth.set(trackUuid, (depth.get(trackUuid) ?? 0) + 1);
      if (what === 2) depth.set(trackUuid, (depth.get(trackUuid) ?? 0) - 1);
      expect(depth.get(trackUuid) ?? 0).toBeGreaterThanOrEqual(0);
      expect(depth.get(trackUuid) ?? 0).toBeLessThanOrEqual(1);
      for (const id of flowIds) begun.set(id, (begun.get(id) ?? 0) + 1);
      for (const id of terminatingFlowIds) {
        expect(begun.get(id), `arrow ${id} arrives and has not begun`).toBeGreaterThan(0);
        ended.set(id, (ended.get(id) ?? 0) + 1);
      }
    }
    for (const open of depth.values()) expect(open).toBe(0);
    expect(counts).toEqual(available);
    expect(counted.get('submit')).toBe(stats.total.submits);
    expect((counted.get('CQE MORE') ?? 0) + (counted.get('CQE') ?? 0) + (counted.get('ENOBUFS') ?? 0)).toBe(stats.total.cqes);
    expect(counted.get('poll arm')).toBe(stats.pollArms.observed);
    expect(counted.get('wake')).toBe(stats.wakes);
    expect(counted.get('given back')).toBe(stats.replenished);
    expect(counted.get('multishot recv')).toBe(stats.total.submits);
    // Each arrow from a CQE to where its buffer was given back arrives once.
    const buffers = [...begun.keys()].filter((id) => BigInt(id) >= 1n << 62n);
    expect(buffers.length).toBeGreaterThan(stats.replenished - 1);
    expect(buffers.filter((id) => ended.get(id) === 1).length).toBe(stats.replenished);
    for (const n of ended.values()) expect(n).toBe(1);
  });

  it('to the JSON of chrome://tracing has the same spans and points', async () => {
    const { traceEvents } = JSON.parse((await exported('chrome')).toString()) as {
      traceEvents: { ph: string; name: string; tid: number; id?: string }[];
    };
    const count = (ph: string, name?: string): number =>
      traceEvents.filter((e) => e.ph === ph && (name === undefined || e.name === name)).length;
    expect(count('B')).toBe(stats.total.submits);
    expect(count('E')).toBe(count('B'));
    expect(count('X', 'wake')).toBe(stats.wakes);
    expect(count('X', 'given back')).toBe(stats.replenished);
    expect(count('C')).toBe(available.length);
    const begun = new Set<string>();
    for (const { ph, id = '' } of traceEvents) {
      if (ph === 's') begun.add(id);
      if (ph === 't' || ph === 'f') expect(begun.has(id)).toBe(true);
    }
    expect(begun.size).toBeGreaterThan(stats.replenished);
  });

  it('to NDJSON and CSV has a line for each event', async () => {
    const lines = (await exported('ndjson')).toString().trimEnd().split('\n');
    expect(lines.length).toBe(stats.events);
    const rows = lines.map(
      (line) => JSON.parse(line) as { number: number; kind: string; more: boolean | null; bid: number | null; userData: string },
    );
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, i) => i));
    // The workload's accept is multishot too: its CQEs carry no buffer.
    expect(rows.filter(({ kind, more, bid }) => kind === 'reap' && more === true && bid !== null).length).toBe(stats.total.fMore);
    const recvs = new Set(rows.filter(({ bid }) => bid !== null).map(({ userData }) => userData));
    expect(rows.filter(({ kind, userData }) => kind === 'poll_arm' && recvs.has(userData)).length).toBe(stats.pollArms.observed);
    const csv = (await exported('csv')).toString().trimEnd().split('\n');
    expect(csv.length).toBe(stats.events + 1);
    const width = csv[0]?.split(',').length;
    for (const line of csv) expect(line.split(',').length).toBe(width);
  });

  it('goes from standard input to standard output, and over no file that is there', async () => {
    const out = execFileSync(process.execPath, ['dist/agent/main.js', 'export', '-', '--to', 'csv'], {
      input: readFileSync(example),
      maxBuffer: 1e8,
    });
    expect(Buffer.compare(out, await exported('csv'))).toBe(0);
    const refused = await runAgent('export', example, '--to', 'csv', '-o', join(folder, 'out.csv'));
    expect(refused.code).toBe(1);
    expect(isOneSentence(refused.err)).toBe(true);
  });
});
