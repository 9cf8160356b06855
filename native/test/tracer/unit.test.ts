/** The checks of tracer_unit: page decoding, formats, ordering, numbering of requests, fdinfo, filters. */
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { BUILD_MS, build, program } from './harness.ts';

const linux = process.platform === 'linux';
beforeAll(() => {
  if (linux) build();
}, BUILD_MS);

test.skipIf(!linux)('the parts of the tracer that need no kernel', () => {
  const { status, stderr, stdout } = spawnSync(program('tracer_unit'), { encoding: 'utf8' });
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: 'all checks hold\n' });
});

test.skipIf(!linux || process.getuid?.() !== 0)('without permission each back end says why, and what to type', () => {
  // As nobody, without capabilities.
  const { stdout } = spawnSync(
    'setpriv',
    ['--reuid', '65534', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all', program('tracer_unit'), 'backends'],
    {
      encoding: 'utf8',
    },
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((l) => l.split('|'));
  expect(lines.map((l) => l.slice(0, 2))).toEqual([
    ['tracefs', '0'],
    ['perf', '0'],
  ]);
  for (const [, , why, remedy] of lines) {
    expect(why).toMatch(/root|perf_event_paranoid/);
    expect(remedy).not.toBe('');
  }
});
