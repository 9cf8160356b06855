/** Probe and tracer of one ring in one stream: one order, one numbering of requests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readHeader, splitBlocks, unpackBlock } from '../../../shared/codec/block.ts';
import { type EventRecord, eventAt, UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { Kind, Provenance } from '../../../shared/schema/events.ts';
import { BUILD_MS, backends, buildWhereUseful, needsTracing, program } from './harness.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

function readBlocks(file: string): EventRecord[] {
  const dictionary = new UserDataDictionary();
  const events: EventRecord[] = [];
  let start: bigint | undefined;
  for (const block of splitBlocks(new Uint8Array(readFileSync(file)))) {
    start ??= readHeader(block).tFirst;
    const { table } = unpackBlock(block, dictionary, start);
    for (let i = 0; i < table.length; i++) events.push(eventAt(table, i));
  }
  return events;
}

describe('own ring, probe and tracer merged', () => {
  test.each(backends)('%s: numbers agree, and time goes forward from submit to reap', (backend) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringlens-merged-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'blocks');
    const child = spawnSync(program('tracer_own'), [file, backend], { encoding: 'utf8' });
    expect([child.status, child.stderr]).toEqual([0, '']);
    expect(child.stdout).toMatch(/^lost 0 late 0 ambiguous 0 foreign \d+\n$/);

    const events = readBlocks(file);
    for (let i = 1; i < events.length; i++) expect(events[i]?.t).toBeGreaterThanOrEqual(events[i - 1]?.t as number);
    for (const ring of [1, 2]) {
      const of = (kind: number, provenance: number) =>
        events.filter((e) => e.ring === ring && e.kind === kind && e.provenance === provenance);
      const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
      for (const kind of [Kind.file_get, Kind.poll_arm, Kind.wake, Kind.complete]) {
        expect(
          of(kind, Provenance.tracepoint).map((e) => e.request),
          `kind ${kind}`,
        ).toEqual(numbers);
      }
      expect(of(Kind.reap, Provenance.probe).map((e) => e.request)).toEqual(numbers);
      // The probe has them.
      expect(of(Kind.submit, Provenance.tracepoint)).toEqual([]);
      for (const e of of(Kind.complete, Provenance.tracepoint)) expect(e.thread).toBe(1);
    }
    // In the stream, the story of each request is told in its order.
    const order = [Kind.submit, Kind.file_get, Kind.poll_arm, Kind.wake, Kind.complete, Kind.reap] as number[];
    const stories = new Map<string, number[]>();
    for (const e of events.filter((e) => e.request !== 0)) {
      const story = stories.get(`${e.ring}/${e.userData}/${e.request}`) ?? [];
      story.push(e.kind);
      stories.set(`${e.ring}/${e.userData}/${e.request}`, story);
    }
    expect(stories.size).toBe(2000);
    for (const story of stories.values()) expect(story).toEqual(order);
  });
});
