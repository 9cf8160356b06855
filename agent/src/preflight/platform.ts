import type { Check } from './check.ts';

export const platformCheck: Check = {
  id: 'platform',
  title: 'operating system',
  blocks: 'live',
  run: ({ platform, system, kernelRelease }) =>
    platform === 'linux'
      ? { status: 'ok', detail: `${system} ${kernelRelease}` }
      : {
          status: 'problem',
          code: 'EUNSUPPORTED',
          detail: `A live ring needs Linux, and this is ${platform}: run ringlens on a Linux machine or VM.`,
        },
};
