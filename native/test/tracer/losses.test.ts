/** Every loss is counted, with its extent: in the kernel's buffer and in our own. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Kind } from '../../../shared/schema/events.ts';
import { armed, BUILD_MS, backends, buildWhereUseful, type Dump, needsTracing, program, Sender, start, trace, traffic } from './harness.ts';
import { expectedEvents, parseText } from './text-trace.ts';

beforeAll(buildWhereUseful, BUILD_MS);
beforeEach(needsTracing);

const dropped = (dump: Dump) => dump.events.filter((e) => e.kind === Kind.dropped);
const sumOf = (dump: Dump) => dropped(dump).reduce((sum, e) => sum + e.a + e.b * 2 ** 32, 0);

describe('losses', () => {
  for (const backend of backends) {
    test(`${backend}: a buffer that is too small for the reader's stall`, async () => {
      const server = start('recv_tcp', ['--single', '--echo']);
      const sender = new Sender('tcp', await server.port(), ['--messages', '3000', '--echo']);
      await armed(server.child.pid as number);
      // Of this ring only, and few kinds: then each event of the kernel's text is ours, read or lost.
      const { running, finish } = trace(
        [
          '--backend',
          backend,
          '--scope',
          'rings',
          '--what',
          'arms',
          '--attach',
          String(server.child.pid),
          '--buffer-kb',
          '16',
          '--stall-ms',
          '400',
        ],
        'recv_tcp',
      );
      await running.saw('stderr', /ready/);
      await sender.send();
      await sender.end();
      await server.ended;
      const dump = await finish();
      const ring = dump.rings[0]?.ctx as string;
      const expected = expectedEvents(parseText(dump.text), 'recv_tcp', [ring]).filter((e) =>
        [Kind.submit, Kind.poll_arm].some((k) => e.key.startsWith(`kind=${k} `)),
      );
      expect(dump.stats.lost).toBeGreaterThan(0);
      expect(sumOf(dump)).toBe(dump.stats.lost);
      expect(dump.events.length - dropped(dump).length + dump.stats.lost).toBe(expected.length);
      for (const e of dropped(dump)) expect(e.userData).toBeLessThanOrEqual(e.t);
    });
  }

  test('a full EventRing is counted as ours, not as the kernel’s', async () => {
    const { running, finish } = trace(['--ring-events', '64', '--stall-ms', '100', '--', program('recv_tcp'), '--echo'], 'recv_tcp');
    await traffic('tcp', await running.port(), ['--messages', '2000', '--echo']);
    const dump = await finish();
    expect(dump.stats.lost).toBe(0);
    expect(dump.stats.ringLost).toBeGreaterThan(0);
    const all = expectedEvents(parseText(dump.text), 'recv_tcp').length;
    expect(dump.events.length - dropped(dump).length + sumOf(dump)).toBe(all);
  });
});
