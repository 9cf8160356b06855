/** `ringlens attach --comm NAME`, and numbers that are no process to look at. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TraceReport } from '../../agent/src/cli/trace-report.ts';
import { agentPath, isOneSentence, spawnAgent } from '../support/run-agent.ts';
import { armed, BUILD_MS, buildTargets, needsTracing, ownTarget, Sender, start, startRinglens, traces } from '../support/targets.ts';

beforeAll(buildTargets, BUILD_MS);
beforeEach(needsTracing);

/** Servers of one name, each with a connection whose recv is armed. */
async function serversOf(path: string, count: number, args: readonly string[], traffic: readonly string[]) {
  const servers = Array.from({ length: count }, () => start(path, args));
  const senders = await Promise.all(servers.map(async (server) => new Sender('tcp', await server.port(), traffic)));
  await Promise.all(senders.map((sender) => sender.connected()));
  await Promise.all(servers.map(({ pid }) => armed(pid)));
  return { servers, senders };
}

describe('several processes of one name', () => {
  it('are all looked at, until the last one has ended', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const { servers, senders } = await serversOf(path, 2, ['--echo'], ['--messages', '20', '--echo']);
    // Given as a path, too, the name is what counts.
    const ringlens = startRinglens(['attach', '--comm', path, '--headless', '--json']);
    await traces(ringlens);
    for (const sender of senders) await sender.all();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    const report: TraceReport = JSON.parse(ringlens.stdout);
    const pids = servers.map(({ pid }) => pid).sort((a, b) => a - b);
    expect(report).toMatchObject({ endedBy: 'exit', pids, exit: null, dropped: 0, target: { pid: pids[0], name: comm } });
    const more = new Map(report.rings.map(({ pid, total }) => [pid, total.fMore]));
    expect(more).toEqual(new Map(pids.map((pid) => [pid, 20])));
    expect(report.opcodes.RECV).toMatchObject({ fMore: 40, terminations: { EOF: 2 } });
    for (const server of servers) expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it('of which one has ended and was not collected: the other is looked at', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    // A zombie keeps its name.
    const parent = start('sh', ['-c', `${path} --connections 0 & echo "zombie $!"; exec sleep 1000`]);
    const zombie = await parent.saw('stdout', /zombie (\d+)/);
    await expect.poll(() => execFileSync('ps', ['-o', 'state=', '-p', zombie], { encoding: 'utf8' })).toMatch(/^Z/);
    const { servers, senders } = await serversOf(path, 1, [], ['--messages', '1']);
    const ringlens = startRinglens(['attach', '--comm', comm, '--headless', '--json']);
    await traces(ringlens);
    for (const sender of senders) await sender.all();
    expect(await ringlens.ended).toEqual({ code: 0, signal: null });
    expect(JSON.parse(ringlens.stdout)).toMatchObject({ pids: [servers[0]?.pid] });
  });

  it('are counted in the words for people', async () => {
    const { path, comm } = ownTarget('recv_tcp');
    const { senders } = await serversOf(path, 2, [], ['--messages', '1']);
    const ringlens = startRinglens(['attach', '--comm', comm, '--headless']);
    await traces(ringlens);
    for (const sender of senders) await sender.all();
    await ringlens.ended;
    expect(ringlens.stdout).toContain(` · 2 processes called ${comm} · `);
    expect(ringlens.stdout).toContain('all 2 rings\n');
    expect(Math.max(...ringlens.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('a number that is', () => {
  const trouble = async (pid: number | string, ...more: string[]) => {
    const { code, out, err } = await spawnAgent(['attach', `${pid}`, '--headless', ...more]).ended;
    expect([code, out]).toEqual([1, '']);
    expect(isOneSentence(err), err).toBe(true);
    return err;
  };

  it("a thread's: the number of its process is told", async () => {
    const thread = readdirSync('/proc/self/task').find((tid) => Number(tid) !== process.pid) as string;
    const sentence = `${thread} is a thread of process ${process.pid} \\(.+\\); give ${process.pid}\\.`;
    expect(await trouble(thread)).toMatch(new RegExp(`^ringlens: ${sentence}\n$`));
  });

  it('that of a thread of the kernel: there is no ring to wait for', async () => {
    const threads = execFileSync('ps', ['-o', 'pid=', '--ppid', '2'], { encoding: 'utf8' }).trim().split(/\s+/);
    for (const more of [[], ['--wait']]) {
      const err = await trouble(threads[0] as string, ...more);
      expect(err).toMatch(/is a thread of the kernel, which has no ring; give the number of a program\.\n$/);
    }
  });

  it('that of ringlens itself', () => {
    const script = `echo $$; exec "${process.execPath}" "${agentPath}" attach $$ --wait --headless`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toBe(`ringlens: Process ${stdout.trim()} is ringlens itself; give the number of the process to look at.\n`);
  });
});

it('--wait: a process without a ring, which ends without one', async () => {
  const cat = start('cat');
  const ringlens = startRinglens(['attach', `${cat.pid}`, '--wait', '--headless']);
  await traces(ringlens);
  cat.child.stdin?.end();
  expect(await ringlens.ended).toEqual({ code: 0, signal: null });
  expect(ringlens.stdout).toContain('It made no io_uring ring while it was traced.');
});
