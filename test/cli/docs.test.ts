/** docs/json.md names every field of a real report. */
import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsRing } from '../support/needs-ring.ts';
import { runAgent } from '../support/run-agent.ts';
import { BUILD_MS, buildTargets, needsTracing, ownTarget, Sender, startRinglens } from '../support/targets.ts';

const docs = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');

/** Names that are data, not fields: opcodes, causes, errnos, parameters. */
const dataBelow = new Set(['opcodes', 'terminations', 'errors', 'params']);

function fieldsOf(value: unknown, into = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) fieldsOf(one, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, of] of Object.entries(value)) {
      into.add(name);
      if (name === 'opcodes') for (const counts of Object.values(of as object)) fieldsOf(counts, into);
      else if (!dataBelow.has(name)) fieldsOf(of, into);
    }
  }
  return into;
}

const missing = (report: unknown): string[] => [...fieldsOf(report)].filter((name) => !docs.includes(`\`${name}\``));

beforeAll(buildTargets, BUILD_MS);
beforeEach(needsRing);
beforeEach(needsTracing);

describe('docs/json.md', () => {
  it('names every field of a live report', async () => {
    const { out } = await runAgent('live', '--headless', '--json', '--duration', '300ms');
    expect(missing(JSON.parse(out))).toEqual([]);
  });
  it('names every field of a live report that a breakpoint ended', async () => {
    const { code, out } = await runAgent('live', '--headless', '--json', '--break', 'cqe bid>=0 !(bid<1)', '--duration', '45s');
    const report = JSON.parse(out);
    expect([code, report.endedBy, report.stop.event.kind]).toEqual([0, 'breakpoint', 'reap']);
    expect(missing(report)).toEqual([]);
    const ended = await runAgent('live', '--headless', '--json', '--break', 'ENOBUFS', '--duration', '45s');
    expect(JSON.parse(ended.out).stop.event).toHaveProperty('errno');
    expect(missing(JSON.parse(ended.out))).toEqual([]);
  });
  it('names every field of a report of run', async () => {
    const { path } = ownTarget('recv_tcp');
    const ringlens = startRinglens(['run', '--headless', '--json', '--', path]);
    await new Sender('tcp', await ringlens.port(), ['--messages', '5']).all();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    const report = JSON.parse(ringlens.stderr);
    expect(report.opcodes).toHaveProperty('RECV');
    expect(report.rings).toHaveLength(1);
    expect(missing(report)).toEqual([]);
  });
});
