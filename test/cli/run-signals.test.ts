/** Signals while `ringlens run` has a command: each reaches it exactly once, and it never ends for our sake. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { traceInstances } from '../process/trace-instances.ts';
import { needsTracing, type Running, startRinglens } from '../support/targets.ts';

beforeEach(needsTracing);

/** Tells each signal, exits with 3 on SIGTERM unless it is stubborn, and says "end" when its input ends. */
const script = `for (const s of ['SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(s, () => console.log(s));
process.on('SIGTERM', () => { console.log('SIGTERM'); if (process.argv[1] !== 'stubborn') process.exit(3); });
process.stdin.on('end', () => console.log('end')).resume();
console.log('ready ' + process.pid);`;

async function traced(how: 'stubborn' | 'mild', options: readonly string[] = ['--headless'], spawning: SpawnOptions = {}) {
  const ringlens = startRinglens(['run', ...options, '--', process.execPath, '-e', script, how], spawning);
  const pid = Number(await ringlens.saw('stdout', /ready (\d+)\n/));
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  return { ringlens, pid };
}
const said = (ringlens: Running) =>
  ringlens.stdout
    .replace(/^ready \d+\n/, '')
    .split('\n')
    .slice(0, -1);

describe('a signal', () => {
  it.each(['SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('%s to the whole group reaches the command once', async (signal) => {
    const { ringlens } = await traced('mild', ['--headless'], { detached: true });
    process.kill(-ringlens.pid, signal);
    await ringlens.saw('stdout', new RegExp(signal));
    // Whatever ringlens passed on of the first comes before this.
    ringlens.child.kill('SIGTERM');
    expect(await ringlens.ended).toEqual({ code: 3, signal: null });
    expect(said(ringlens)).toEqual([signal, 'SIGTERM']);
    expect(ringlens.stderr).toContain(', exit status 3 ');
  });

  it.each(['SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('%s to ringlens alone reaches the command once', async (signal) => {
    const { ringlens } = await traced('mild');
    ringlens.child.kill(signal);
    await ringlens.saw('stdout', new RegExp(signal));
    ringlens.child.stdin?.end();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(said(ringlens)).toEqual([signal, 'end']);
  });

  it('that comes again and again to the group leaves ringlens with its command', async () => {
    const { ringlens } = await traced('mild', ['--headless'], { detached: true });
    const times = () => said(ringlens).length;
    // Longer than what counts as one key press.
    const until = performance.now() + 900;
    while (performance.now() < until) {
      const before = times();
      process.kill(-ringlens.pid, 'SIGINT');
      await expect.poll(times, { interval: 60 }).toBe(before + 1);
    }
    expect(ringlens.isOver).toBe(false);
    ringlens.child.stdin?.end();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(ringlens.stderr).toContain('ended by exit');
  });

  it('still reaches the command when --duration is over', async () => {
    const { ringlens } = await traced('mild', ['--headless', '--duration', '50ms']);
    await ringlens.saw('stderr', /ended by duration/);
    ringlens.child.kill('SIGTERM');
    expect(await ringlens.ended).toEqual({ code: 3, signal: null });
    expect(said(ringlens)).toEqual(['SIGTERM']);
  });

  it('closes the page, and the status is still that of the command', async () => {
    const { ringlens } = await traced('mild', ['--port', '0']);
    ringlens.child.kill('SIGTERM');
    expect(await ringlens.ended).toEqual({ code: 3, signal: null });
    expect(said(ringlens)).toEqual(['SIGTERM']);
  });
});

describe('a command that goes on', () => {
  it('after a SIGTERM that it ignores: ringlens waits, and a second one ends ringlens alone', async () => {
    const { ringlens, pid } = await traced('stubborn');
    ringlens.child.kill('SIGTERM');
    await ringlens.saw('stdout', /SIGTERM/);
    expect(ringlens.isOver).toBe(false);
    await expect
      .poll(() => {
        ringlens.child.kill('SIGTERM');
        return ringlens.child.signalCode;
      })
      .toBe('SIGTERM');
    process.kill(pid, 0);
    ringlens.child.stdin?.end();
    await ringlens.ended;
    expect(said(ringlens).at(-1)).toBe('end');
  });

  it('when ringlens is killed', async () => {
    const { ringlens } = await traced('mild');
    ringlens.child.kill('SIGKILL');
    await expect.poll(() => ringlens.child.signalCode).toBe('SIGKILL');
    ringlens.child.stdin?.end();
    await ringlens.ended;
    expect(said(ringlens)).toEqual(['end']);
    // The next one clears what it could not.
    await startRinglens(['run', '--headless', '--', 'true']).ended;
    expect(traceInstances(ringlens.pid)).toEqual([]);
  });

  it('in children that live on: ringlens ends with the command itself', async () => {
    const ringlens = startRinglens([
      'run',
      '--headless',
      '--',
      'sh',
      '-c',
      'sleep 1000 </dev/null >/dev/null 2>&1 & echo "child $!"; exit 4',
    ]);
    const child = Number(await ringlens.saw('stdout', /child (\d+)\n/));
    onTestFinished(() => {
      process.kill(child, 'SIGKILL');
    });
    expect(await ringlens.ended).toEqual({ code: 4, signal: null });
    process.kill(child, 0);
  });

  it('never runs when ringlens is killed before its trace is ready', async () => {
    // The gate of agent/src/sources/launch.ts, without anybody who opens it.
    const gate = 'read -r RINGLENS_GATE <&3 || exit 126; echo ran';
    const shell = spawn('/bin/sh', ['-c', gate], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    (shell.stdio[3] as NodeJS.WritableStream & { destroy(): void }).destroy();
    let out = '';
    shell.stdout?.on('data', (text) => {
      out += text;
    });
    expect(await new Promise((done) => shell.on('close', done))).toBe(126);
    expect(out).toBe('');
  });
});
