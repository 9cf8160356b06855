import type { RingFeatures } from '../../../shared/protocol/messages.ts';
import type { Check } from './check.ts';

interface Feature {
  readonly title: string;
  /** The Linux that has it first: what to boot. Whether it is here is tried. */
  readonly since: string;
  /** What is lost without it; undefined: ringlens does not work without it. */
  readonly without: string | undefined;
}

const features: { readonly [K in keyof RingFeatures]: Feature } = {
  multishotRecv: { title: 'multishot recv', since: '6.0', without: undefined },
  bufRing: { title: 'ring-mapped buffers', since: '5.19', without: undefined },
  bundle: { title: 'receive bundles', since: '6.10', without: '--bundle is refused' },
  incremental: { title: 'incremental buffers', since: '6.12', without: '--incremental is refused' },
  coopTaskrun: { title: 'COOP_TASKRUN', since: '5.19', without: '--coop-taskrun is refused' },
  singleIssuer: { title: 'SINGLE_ISSUER', since: '6.0', without: '--single-issuer is refused' },
  deferTaskrun: { title: 'DEFER_TASKRUN', since: '6.1', without: '--defer-taskrun is refused' },
  sqpoll: { title: 'SQPOLL', since: '5.11, or root', without: '--sqpoll is refused' },
};

function checkOf(id: keyof RingFeatures): Check {
  const { title, since, without } = features[id];
  return {
    id,
    title,
    blocks: without === undefined ? 'live' : 'nothing',
    run(environment) {
      let here: boolean;
      try {
        here = environment.features()[id];
      } catch {
        return undefined;
      }
      if (here) return { status: 'ok', detail: 'here' };
      if (without !== undefined) return { status: 'note', detail: `Not here, so ${without}; it needs Linux ${since}.` };
      return {
        status: 'problem',
        code: 'EUNSUPPORTED',
        detail: `This kernel (${environment.kernelRelease}) lacks ${title} (Linux ${since}): boot Linux 6.0 or newer.`,
      };
    },
  };
}

/** One for each feature, in the order of the table. */
export const featureChecks: readonly Check[] = (Object.keys(features) as (keyof RingFeatures)[]).map(checkOf);
