/** The gate in front of a command: what it lets through, and what never gets there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCommand, LaunchSource, pastShell } from './launch.ts';
import { SourceError } from './source.ts';

/** What node -p process.env prints behind the gate's shell. */
function environmentBehind(shell: string, environment: NodeJS.ProcessEnv): unknown {
  const command = [process.execPath, '-p', 'JSON.stringify(process.env)'];
  const { env, words } = pastShell(environment, command[0] as string);
  const { stdout, stderr } = spawnSync(shell, ['-c', 'exec "$@"', 'ringlens', ...words, ...command], {
    argv0: 'sh',
    env,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('the environment behind the gate', () => {
  /** bash is /bin/sh on many machines. */
  const shells = ['/bin/sh', '/bin/bash'].filter((path) => existsSync(path));
  const odd = { IFS: ':', PPID: '1', OPTIND: 'x', PS1: '$ ', PS4: '', RANDOM: 'r', SHELLOPTS: 'none', BASH_VERSION: '0', _: 'last' };

  it.each(shells)('is as it was: %s', (shell) => {
    const given = { PATH: process.env.PATH, SHLVL: '7', PWD: '/nowhere', 'a.b': 'x\ny', RINGLENS_GATE: 'mine', ...odd };
    expect(environmentBehind(shell, given)).toEqual(given);
  });

  it.each(shells)('is empty where it was empty, and needs no PATH: %s', (shell) => {
    expect(environmentBehind(shell, {})).toEqual({});
    expect(environmentBehind(shell, { PATH: '/nowhere' })).toEqual({ PATH: '/nowhere' });
  });

  it('does not show in the words, which everybody can read', () => {
    const { words } = pastShell({ TOKEN: 'secret', PATH: '/bin' }, 'true');
    expect(words.join(' ')).not.toContain('secret');
  });
});

describe('a command', () => {
  it('is found without PATH, where the system looks then', () => {
    const { PATH } = process.env;
    try {
      delete process.env.PATH;
      expect(() => checkCommand('sh')).not.toThrow();
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('is never started when a signal came first', () => {
    const source = new LaunchSource({ command: ['true'], kernel: 'all' });
    source.cancel('SIGINT');
    source.cancel('SIGTERM');
    const start = () => source.start(null, { onBlocks: () => {}, onStopped: () => {} });
    expect(start).toThrow(SourceError);
    expect(start).toThrow('The command was not started, since SIGINT came first.');
    expect([source.isLaunched, source.canceledBy]).toEqual([false, 'SIGINT']);
  });
});
