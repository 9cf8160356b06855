/** A user without rights runs the workload on the probe alone: everything of the application's side is there. */
import { beforeEach, expect, it } from 'vitest';
import type { LiveReport } from '../../agent/src/cli/report.ts';
import { needsRing } from '../support/needs-ring.ts';
import { spawnAgent } from '../support/run-agent.ts';
import { asNobody, needsNobody } from '../support/unprivileged.ts';

beforeEach(needsRing);
beforeEach(needsNobody);

it('runs without the right to read tracepoints: poll arms are inferred, and the cure is named', async ({ skip }) => {
  const { code, out, err } = await spawnAgent(['live', '--headless', '--duration', '300ms', '--json'], asNobody).ended;
  expect(err).toBe('');
  expect(code).toBe(0);
  const { kernelTrace, ...report }: LiveReport = JSON.parse(out);
  expect(report.bytesReceived).toBe(report.bytesSent);
  expect(report.total.submits).toBeGreaterThan(0);
  if (kernelTrace.backend !== '') skip('on this machine everyone may read tracepoints');
  expect(kernelTrace).toMatchObject({ scope: 'off', notes: [], events: 0, lost: 0, late: 0 });
  // One line with the reasons and what to do.
  expect(kernelTrace.missing).toMatch(/^The kernel's events can't be read here\. [^\n]*\bsudo\b[^\n]*\.$/);
  expect(report.pollArms.observed).toBe(0);
  expect(report.pollArms.inferred).toBeGreaterThan(0);
  expect([report.wakes, report.completions]).toEqual([0, 0]);
});
