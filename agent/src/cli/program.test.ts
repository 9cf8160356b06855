import { describe, expect, it } from 'vitest';
import { paramNames } from '../../../shared/schema/workload-params.ts';
import { version } from '../paths.ts';
import { run } from './program.ts';
import { flagOf } from './workload-options.ts';

async function ringlens(...args: string[]) {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('ringlens', () => {
  it('prints its version', async () => {
    expect(await ringlens('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('prints its commands and exit codes with --help, and also without a command', async () => {
    const help = await ringlens('--help');
    expect(help.code).toBe(0);
    expect(help.out).toMatch(/live .*Run a multishot recv workload/);
    expect(help.out).toContain('Exit codes:');
    const none = await ringlens();
    expect(none.code).toBe(2);
    expect(none.err).toBe(help.out);
  });

  it('has every parameter in the help of live, in groups, with examples', async () => {
    const { code, out } = await ringlens('live', '--help');
    expect(code).toBe(0);
    for (const name of paramNames) expect(out).toContain(`${flagOf(name)} `);
    for (const flag of [
      '--preset',
      '--listen',
      '--unix-path',
      '--break',
      '--port',
      '--host',
      '--open',
      '--headless',
      '--duration',
      '--json',
    ]) {
      expect(out).toContain(`${flag} `.trimEnd());
    }
    for (const heading of [
      'Workload:',
      'Buffer group:',
      'Receiving:',
      'Load:',
      'Ring:',
      'Debugger:',
      'Page:',
      'Run:',
      'Examples:',
      'Exit codes:',
    ]) {
      expect(out.split('\n').some((line) => line.startsWith(heading))).toBe(true);
    }
    expect(out).not.toContain('Other:');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each([
    [['live', '--conections', '3'], "ringlens: unknown option '--conections'; did you mean --connections?"],
    [['liv'], "ringlens: unknown command 'liv'; did you mean live?"],
    [
      ['live', '--xyzzy'],
      "ringlens: unknown option '--xyzzy'; ringlens --help tells what there is, and --help behind a command what that takes.",
    ],
    [['live', 'now'], /^ringlens: too many arguments for 'live'.*\.$/],
    [['live', '--connections'], /^ringlens: option '--connections <n>' argument missing; .*\.$/],
    [['live', '--connections', '0'], 'ringlens: --connections: 0 is not a whole number from 1 to 1024.'],
    [['live', '--port', '70000'], 'ringlens: --port: "70000" is not a port: a whole number from 0 (any free one) to 65535.'],
    [['live', '--port', 'http'], /^ringlens: --port: "http" is not a port/],
    [['live', '--listen', '-1'], /^ringlens: --listen: "-1" is not a port/],
    [['live', '--listen', '9000', '--transport', 'unix'], /^ringlens: --listen is a port .*--unix-path\.$/],
    [['live', '--unix-path', '/tmp/x'], /^ringlens: --unix-path needs --transport unix/],
    [['live', '--headless', '--duration', '5'], 'ringlens: --duration: "5" is not a time like 5s or 500ms, from 1ms to 24 hours.'],
    [['live', '--headless', '--duration', '0'], /^ringlens: --duration: "0" is not a time/],
    [['live', '--json'], /^ringlens: --json .* add --headless\.$/],
    [['live', '--headless', '--open'], /^ringlens: --open opens the page/],
  ])('refuses %j with one sentence and exit code 2', async (args, sentence) => {
    const { code, out, err } = await ringlens(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^[^\n]+\n$/);
    const line = err.trimEnd();
    if (typeof sentence === 'string') expect(line).toBe(sentence);
    else expect(line).toMatch(sentence);
  });
});
