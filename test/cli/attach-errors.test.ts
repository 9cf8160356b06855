/** `ringlens attach` that can't: one sentence on standard error, and the exit code that says whose business it is. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isOneSentence, spawnAgent } from '../support/run-agent.ts';
import { armed, BUILD_MS, buildTargets, needsTracing, ownTarget, type Running, Sender, start } from '../support/targets.ts';
import { asNobody, needsNobody } from '../support/unprivileged.ts';

async function trouble(code: number, args: readonly string[], wrapper: readonly string[] = []): Promise<string> {
  const ended = await spawnAgent(['attach', ...args], wrapper).ended;
  expect(ended).toMatchObject({ code, out: '' });
  expect(isOneSentence(ended.err), ended.err).toBe(true);
  return ended.err;
}
const both: [string, string[]][] = [
  ['with a page', ['--port', '0']],
  ['without', ['--headless', '--json']],
];

/** A process that waits and has no ring. */
function sleeper(wrapper: readonly string[] = []): Running {
  const [command = '', ...args] = [...wrapper, 'cat'];
  return start(command, args);
}

describe('the wrong command line', () => {
  it.each([
    [['abc'], /"abc" is not the number of a process; for a name use --comm\./],
    [['0'], /"0" is not the number of a process/],
    [['12.5'], /"12.5" is not the number/],
    [['99999999999'], /"99999999999" is not the number/],
    [[], /Which process\? Give its number, or its name with --comm\./],
    [['1', '--comm', 'x'], /Which process\?/],
    [['1', '--kernel', 'off'], /all, arms/],
    [['1', '--json'], /add --headless/],
    [['1', '2'], /too many arguments/],
  ])('%j', async (args, sentence) => {
    expect(await trouble(2, args)).toMatch(sentence);
  });
});

describe.each(both)('no process to look at, %s', (_, more) => {
  beforeEach(needsTracing);

  it('none with that number', async () => {
    expect(await trouble(1, ['999999999', ...more])).toContain('There is no process 999999999');
  });

  it('none with that name', async () => {
    expect(await trouble(1, ['--comm', 'no-such-comm', ...more])).toContain('there is no process called "no-such-comm"');
  });

  it('one without a ring: two ways to see its rings', async () => {
    const { pid } = sleeper();
    const err = await trouble(1, [`${pid}`, ...more]);
    expect(err).toMatch(/has no io_uring ring/);
    expect(err).toContain('ringlens run');
    // In the words of the command line.
    expect(err).toContain('--wait');
    expect(err).not.toContain('requireRing');
  });
});

describe('not permitted', () => {
  beforeAll(buildTargets, BUILD_MS);
  beforeEach(needsTracing);

  it.each(both)("another user's process, %s", async (_, more) => {
    const { path } = ownTarget('recv_tcp');
    const server = start(path);
    const sender = new Sender('tcp', await server.port(), ['--messages', '1']);
    await armed(server.pid);
    await sender.connected();
    const err = await trouble(3, [`${server.pid}`, ...more], asNobody);
    expect(err).toMatch(new RegExp(`Process ${server.pid} \\(.+\\) belongs to the user root; run ringlens as root`));
    await sender.all();
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it("one's own process, where nobody may read tracepoints", async (context) => {
    needsNobody(context);
    const { pid } = sleeper(asNobody);
    const err = await trouble(3, [`${pid}`, '--wait', '--headless'], asNobody);
    expect(err).toMatch(/The kernel's events can't be read here\. .*\bsudo\b/);
  });

  it('root without its capabilities, for whom there is no tracefs', async () => {
    // Where tracefs is mounted its owner may read it without any capability: there it is taken away, for these alone.
    const unmount = 'while umount /sys/kernel/debug/tracing || umount /sys/kernel/tracing; do :; done 2>&-; exec "$@"';
    const bare = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const wrapper = ['unshare', '--mount', 'sh', '-c', unmount, 'sh', ...bare];
    const { pid } = sleeper(bare);
    for (const backend of ['tracefs', 'perf']) {
      const err = await trouble(3, [`${pid}`, '--wait', '--headless', '--backend', backend], wrapper);
      expect(err).toMatch(new RegExp(`The kernel's events can't be read here\\. ${backend}: `));
    }
  });
});
