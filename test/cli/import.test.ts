/** `ringlens import`: from the text of another tracer to a trace that every other command reads. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { agentPath, isOneSentence, runAgent } from '../support/run-agent.ts';

const root = mkdtempSync(join(tmpdir(), 'ringlens-import-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fixtures = join(import.meta.dirname, '../../shared/import/fixtures');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'));
});

const textOf = (name: string): string => {
  const path = join(folder, name);
  copyFileSync(join(fixtures, name), path);
  return path;
};

describe.each(['perf-script.txt', 'tracefs.txt'])('the text %s', (name) => {
  it('becomes a trace beside it that the other commands read', async () => {
    const text = textOf(name);
    const trace = text.replace('.txt', '.ringlens');
    const run = await runAgent('import', text);
    expect(run).toMatchObject({ code: 0, out: '' });
    expect(run.err).toMatch(/^\S+\.ringlens: [\d,]+ events of 1 ring, from [\d,]+ lines of (perf script|tracefs)\.\n/);

    const lines = readFileSync(text, 'utf8').split('\n');
    const stats = JSON.parse((await runAgent('stats', trace, '--json')).out);
    expect(stats).toMatchObject({ source: 'import', complete: true, trouble: [] });
    // Counted in the text by hand.
    const [ring] = stats.rings;
    expect(ring.total).toMatchObject({
      submits: lines.filter((line) => line.includes('io_uring_submit_req')).length,
      pollArms: lines.filter((line) => line.includes('io_uring_poll_arm')).length,
      completions: lines.filter((line) => line.includes('io_uring_complete')).length,
      fMore: lines.filter((line) => /io_uring_complete.*cflags 0x[0-9a-f]*[2367abef] /.test(line)).length,
    });
    const csv = await runAgent('export', trace, '--to', 'csv');
    expect(csv.out.split('\n').filter((line) => line.includes('poll_arm')).length).toBe(ring.total.pollArms);
  });

  it('goes from standard input to standard output', () => {
    const input = readFileSync(join(fixtures, name));
    const trace = execFileSync(process.execPath, [agentPath, 'import', '-'], { input, stdio: ['pipe', 'pipe', 'ignore'] });
    const stats = execFileSync(process.execPath, [agentPath, 'stats', '-', '--json'], { input: trace, encoding: 'utf8' });
    expect(JSON.parse(stats)).toMatchObject({ source: 'import', complete: true });
  });

  it('is called by its name where a trace is wanted', async () => {
    const run = await runAgent('stats', textOf(name));
    expect(run.code).toBe(1);
    expect(isOneSentence(run.err)).toBe(true);
    expect(run.err).toMatch(/the text of (perf script|tracefs): .*ringlens import/);
  });
});

describe('import', () => {
  it('writes over no file unless it is told to', async () => {
    const text = textOf('tracefs.txt');
    expect((await runAgent('import', text)).code).toBe(0);
    const again = await runAgent('import', text);
    expect(again.code).toBe(1);
    expect(again.err).toContain('is not written over');
    expect((await runAgent('import', text, '--force')).code).toBe(0);
  });

  it('shows what it could not read, and reads the rest', async () => {
    const text = join(folder, 'torn.txt');
    const lines = readFileSync(join(fixtures, 'tracefs.txt'), 'utf8').split('\n');
    writeFileSync(text, [...lines.slice(0, 20), 'something else', 'CPU:0 [LOST 9 EVENTS]', ...lines.slice(20)].join('\n'));
    const run = await runAgent('import', text, '--json', '-o', join(folder, 'out.ringlens'));
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({
      format: 'tracefs',
      losses: 1,
      lost: 9,
      unreadable: { count: 1, examples: [{ line: 21, text: 'something else' }] },
    });
  });

  it('says in a sentence what it can not do, and leaves no file', async () => {
    const diary = join(folder, 'diary.txt');
    writeFileSync(diary, 'Dear diary,\n');
    for (const [args, code, says] of [
      [[diary], 1, 'no text of perf script'],
      [[join(folder, 'none.txt')], 1, 'does not exist'],
      [[folder], 1, 'is a folder'],
      [[textOf('tracefs.txt'), '-o', join(folder, 'no', 'x.ringlens')], 1, "can't be written"],
      [['-', '--json'], 2, 'with -o'],
    ] as const) {
      const run = await runAgent('import', ...args);
      expect(run.code).toBe(code);
      expect(isOneSentence(run.err), run.err).toBe(true);
      expect(run.err).toContain(says);
    }
    expect(existsSync(join(folder, 'diary.ringlens'))).toBe(false);
  });
});
