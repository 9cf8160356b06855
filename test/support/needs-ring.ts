/** Skips a test where io_uring can't be used, and says why. In CI that is a failure (scripts/test.mjs). */
import { sentenceOf } from '../../agent/src/preflight/check.ts';
import { thisMachine } from '../../agent/src/preflight/environment.ts';
import { firstProblem } from '../../agent/src/preflight/registry.ts';
import { probeFeatures } from '../../agent/src/sources/workload.ts';
import type { RingFeatures } from '../../shared/protocol/messages.ts';

interface Skippable {
  skip(note?: string): never;
}

/** For beforeEach: the whole test needs a ring. */
export function needsRing({ skip }: Skippable): void {
  const problem = firstProblem(thisMachine(probeFeatures));
  if (problem !== undefined) skip(`skipped, because ${sentenceOf(problem)}`);
}

/** The test needs something that older kernels lack. */
export function needsFeature({ skip }: Skippable, feature: keyof RingFeatures): void {
  if (!probeFeatures()[feature]) skip(`this kernel lacks ${feature}`);
}
