import { chosenBackend } from './backends.ts';
import type { Check } from './check.ts';

export const tracefsCheck: Check = {
  id: 'tracefs',
  title: 'tracefs',
  blocks: 'nothing',
  run(environment) {
    const { platform, tracefs } = environment;
    if (platform !== 'linux') return undefined;
    if (tracefs?.readable) return { status: 'ok', detail: `mounted at ${tracefs.path} and readable` };
    if (tracefs !== undefined) return { status: 'note', detail: `Mounted at ${tracefs.path}, and this user may not read it.` };
    if (chosenBackend(environment) !== '') return { status: 'ok', detail: 'mounted nowhere; ringlens mounts it for itself alone' };
    return { status: 'note', detail: 'Mounted nowhere.' };
  },
};
