/** What a command of `ringlens run` shares with ringlens stays as it is: its pipes, its environment; and the report's file. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../agent/src/cli/trace-report.ts';
import { agentPath, isOneSentence, spawnAgent } from '../support/run-agent.ts';
import { needsTracing, type Running, start, startRinglens, temporaryFolder } from '../support/targets.ts';
import { asNobody, needsNobody } from '../support/unprivileged.ts';

beforeEach(needsTracing);

/** More than any pipe holds. */
const BYTES = 4 * 1024 * 1024;
const flags = (fd: number) => `sed -n 's/flags:\\t//p' /proc/self/fdinfo/${fd}`;

describe('a command under ringlens', () => {
  it.each([
    ['without a page', ['--headless', '-o', '/dev/fd/nowhere']],
    ['with one', ['--port', '0']],
  ])('loses nothing of its output to a slow reader, %s', async (_, options) => {
    const more = options.map((word) => (word === '/dev/fd/nowhere' ? join(temporaryFolder(), 'report') : word));
    const script = `read go; head -c ${BYTES} /dev/zero | tr '\\0' e >&2; head -c ${BYTES} /dev/zero | tr '\\0' o; echo done`;
    const ringlens = startRinglens(['run', ...more, '--', 'sh', '-c', script]);
    const { stdout, stderr } = ringlens.child;
    if (options[0] === '--port') await ringlens.saw('stderr', /live: /);
    // The command writes into full pipes: with O_NONBLOCK it would get EAGAIN.
    stderr?.pause();
    stdout?.pause();
    ringlens.child.stdin?.end('go\n');
    await expect.poll(() => waitsInWrite(ringlens), { timeout: 30_000 }).toBe(true);
    stderr?.resume();
    stdout?.resume();
    await ringlens.saw('stdout', /done/);
    expect(ringlens.stdout.match(/o/g)?.length).toBe(BYTES + 1);
    expect(ringlens.stderr.match(/e{1000,}/g)?.join('').length).toBe(BYTES);
    ringlens.child.kill('SIGINT');
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
  });

  it('has pipes that block, as they did', async () => {
    const script = `${flags(0)}; ${flags(1)}; ${flags(2)}`;
    const alone = start('sh', ['-c', script]);
    const traced = startRinglens(['run', '--headless', '--', 'sh', '-c', script]);
    await Promise.all([alone.ended, traced.ended]);
    expect(traced.stdout).toBe(alone.stdout);
  });

  it('has the environment that ringlens has', () => {
    const env = { PATH: process.env.PATH, line: 'mine', SHLVL: '7', PWD: '/nowhere', 'BASH_FUNC_f%%': '() { echo f; }', 'a.b': 'x\ny' };
    const command = [process.execPath, '-p', 'JSON.stringify(process.env)'];
    const { stdout, stderr } = spawnSync(process.execPath, [agentPath, 'run', '--headless', '--', ...command], { env, encoding: 'utf8' });
    expect(stderr).toContain('exit status 0');
    expect(JSON.parse(stdout)).toEqual(env);
    const few = { PATH: process.env.PATH };
    expect(
      JSON.parse(spawnSync(process.execPath, [agentPath, 'run', '--headless', '--', ...command], { env: few, encoding: 'utf8' }).stdout),
    ).toEqual(few);
  });

  it('is named as it was typed, and a script without #! is one of the shell', async () => {
    const folder = temporaryFolder();
    const script = join(folder, 'a=b');
    spawnSync('sh', ['-c', `printf 'echo "$0" "$@"\n' > '${script}'; chmod +x '${script}'`]);
    const ringlens = startRinglens(['run', '--headless', '--', './a=b', '-x'], { cwd: folder });
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(ringlens.stdout).toBe('./a=b -x\n');
  });

  it('that the kernel refuses to run has the exit status of a shell', async () => {
    const folder = temporaryFolder();
    const script = join(folder, 'script');
    spawnSync('sh', ['-c', `printf '#!/no/such/interpreter\n' > ${script}; chmod +x ${script}`]);
    const ringlens = startRinglens(['run', '--headless', '--', script]);
    expect(await ringlens.ended).toEqual({ code: 127, signal: null });
    expect(ringlens.stderr).toContain(', exit status 127 ');
  });
});

/** Something that the command has started sleeps in write(2): its pipe is full. */
function waitsInWrite(ringlens: Running): boolean {
  const below = (pid: number): number[] =>
    readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
      readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  try {
    return below(ringlens.pid)
      .flatMap((pid) => below(pid))
      .some(
        (pid) =>
          readFileSync(`/proc/${pid}/wchan`, 'utf8').includes('pipe_write') || /^1 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8')),
      );
  } catch {
    return false;
  }
}

describe('the report of run in a file', () => {
  const reportOf = (file: string): TraceReport => JSON.parse(readFileSync(file, 'utf8'));

  it('is there at the end alone', async () => {
    const file = join(temporaryFolder(), 'did.json');
    const ringlens = startRinglens(['run', '--headless', '--json', '-o', file, '--', 'sh', '-c', 'echo ready; read line']);
    await ringlens.saw('stdout', /ready/);
    expect(existsSync(file)).toBe(false);
    ringlens.child.stdin?.end('\n');
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(reportOf(file)).toMatchObject({ command: 'run', endedBy: 'exit', pids: [expect.any(Number)] });
    expect(ringlens.stderr).toBe('');
  });

  it('that there is no room for goes to standard error, and the exit status is that of the command', async () => {
    const file = join(temporaryFolder(), 'did.json');
    const wrapper = ['prlimit', '--fsize=100'];
    const { code, out, err } = await spawnAgent(['run', '--headless', '--json', '-o', file, '--', 'sh', '-c', 'echo out; exit 6'], wrapper)
      .ended;
    expect([code, out]).toEqual([6, 'out\n']);
    const [sentence = '', ...report] = err.split('\n');
    expect(sentence).toMatch(/^ringlens: --output: .*did\.json can't be written: .*ulimit -f.*\. Here it is:$/);
    expect(JSON.parse(report.join('\n'))).toMatchObject({ exit: { code: 6 } });
    expect(existsSync(file)).toBe(false);
  });

  it('that somebody else has made meanwhile stays as it is', async () => {
    const file = join(temporaryFolder(), 'did.json');
    const { code, err } = await spawnAgent(['run', '--headless', '--json', '-o', file, '--', 'sh', '-c', `echo theirs > ${file}`]).ended;
    expect(code).toBe(0);
    expect(err).toMatch(/it exists already; choose another name\. Here it is:\n\{/);
    expect(readFileSync(file, 'utf8')).toBe('theirs\n');
  });

  it('leaves nothing behind where the trace may not start, and the command never runs', async (context) => {
    needsNobody(context);
    const folder = temporaryFolder();
    spawnSync('chmod', ['777', folder]);
    const [file, made] = [join(folder, 'did.json'), join(folder, 'made')];
    const { code, out, err } = await spawnAgent(['run', '--headless', '-o', file, '--', 'touch', made], asNobody).ended;
    expect([code, out]).toEqual([3, '']);
    expect(isOneSentence(err), err).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('can only be where there is a folder that may be written to', async () => {
    const { code, err } = await spawnAgent(['run', '--headless', '-o', '/proc/did.json', '--', 'true']).ended;
    expect(code).toBe(1);
    expect(isOneSentence(err), err).toBe(true);
  });
});
