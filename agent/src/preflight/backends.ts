/** The ways to read the kernel's tracepoints, each tried by the addon. */
import { perfmonCapable } from './capabilities.ts';
import type { Check } from './check.ts';
import type { Environment, Tracing } from './environment.ts';
import { TRACEPOINTS_FOR_ALL } from './paranoid.ts';
import { withRootsRights } from './remedies.ts';

type Backend = Tracing['backends'][number];

/** The best permitted one, "" = none. */
export function chosenBackend(environment: Environment): string {
  return environment.tracing()?.backends.find(({ permitted }) => permitted)?.name ?? '';
}

/** "It needs root. (mkdir: EACCES)" → "It needs root (mkdir: EACCES)." */
const tidy = (reason: string) => reason.replace(/\.? (\([^()]*\))$/, ' $1').replace(/\.?$/, '.');

/** perf without root: tracefs tells the ids of the tracepoints, CAP_PERFMON permits to open them. */
function perfRemedy(environment: Environment): string | undefined {
  const { tracefs, sysctl, command, isRoot, inUserNamespace } = environment;
  if (isRoot || inUserNamespace) return withRootsRights(environment, 'live');
  const steps: string[] = [];
  if (tracefs === undefined) steps.push('sudo mount -t tracefs -o gid=$(id -g),mode=750 tracefs /sys/kernel/tracing');
  else if (!tracefs.readable) steps.push(`sudo mount -o remount,gid=$(id -g),mode=750 ${tracefs.path}`);
  if (!perfmonCapable(environment) && (sysctl('kernel.perf_event_paranoid') ?? 2) > TRACEPOINTS_FOR_ALL) {
    const capabilities = '--inh-caps=+perfmon,+ipc_lock --ambient-caps=+perfmon,+ipc_lock';
    steps.push(`sudo setpriv --reuid=$(id -u) --regid=$(id -g) --init-groups ${capabilities} ${command} live`);
  }
  return steps.length === 0 ? undefined : steps.join(' && ');
}

const remedies: Readonly<Record<string, (environment: Environment) => string | undefined>> = {
  tracefs: (environment) => withRootsRights(environment, 'live'),
  perf: perfRemedy,
};

/** What to do where nothing can be typed. */
function advice({ inUserNamespace, isRoot }: Environment, { remedy }: Backend): string {
  if (inUserNamespace) return ' Root of a user namespace is not enough: run ringlens outside of it.';
  // The addon's own remedy is prose; that one is no help for root.
  return isRoot && !/as root/.test(remedy) ? ` ${tidy(remedy)}` : '';
}

function checkOf(name: string): Check {
  return {
    id: `backend-${name}`,
    title: `back end ${name}`,
    blocks: 'nothing',
    run(environment) {
      const backend = environment.tracing()?.backends.find((one) => one.name === name);
      if (backend === undefined) return undefined;
      if (backend.permitted) return { status: 'ok', detail: 'permitted' };
      const chosen = chosenBackend(environment);
      // To the addon, tracefs that it may not look into is not there.
      const isHidden = environment.tracefs?.readable === false;
      const refused = `Not permitted: ${isHidden ? 'this user may not read tracefs.' : tidy(backend.reason)}`;
      if (chosen !== '') return { status: 'note', detail: `${refused} ${chosen} is used.` };
      const remedy = remedies[name]?.(environment);
      return { status: 'note', detail: remedy === undefined ? `${refused}${advice(environment, backend)}` : refused, remedy };
    },
  };
}

/** In the addon's order, best first. */
export const backendChecks: readonly Check[] = ['tracefs', 'perf'].map(checkOf);
