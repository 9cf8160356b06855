import type { Check } from './check.ts';

export const platformCheck: Check = {
  id: 'platform',
  title: 'operating system',
  run: ({ platform }) =>
    platform === 'linux'
      ? { ok: true, detail: 'Linux' }
      : {
          ok: false,
          code: 'EUNSUPPORTED',
          problem: `A live ring needs Linux, and this is ${platform}: run ringlens on a Linux machine or VM.`,
          remedy: '',
        },
};
