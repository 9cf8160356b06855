/** What follows from the checks: what can be done on this machine. */
import { chosenBackend } from './backends.ts';
import type { Environment } from './environment.ts';
import { ptraceReach, type Reach } from './ptrace.ts';
import { type CheckedLine, firstProblem } from './registry.ts';
import { withRootsRights } from './remedies.ts';
import { isRingUsable } from './ring.ts';

export interface Verdict {
  /** The own workload runs. */
  readonly live: boolean;
  /** How the kernel's side is seen: "tracefs", "perf"; empty = it is not. */
  readonly backend: string;
  /** Running processes can be looked at, at least this user's. */
  readonly attach: boolean;
  /** The same in words. */
  readonly lines: readonly CheckedLine[];
}

/** Of other processes nothing is seen but through the tracepoints. */
function attachLine(environment: Environment, backend: string, problemRemedy: string | undefined): CheckedLine {
  const line = { id: 'attach', title: 'attach and run' };
  if (!isRingUsable(environment)) return { ...line, status: 'note', detail: 'no: no ring can be set up here', remedy: problemRemedy };
  const remedy = withRootsRights(environment, 'attach PID');
  if (backend === '') return { ...line, status: 'note', detail: 'no: other processes are seen through the tracepoints only', remedy };
  const { isRoot } = environment;
  const words: { [K in Reach]: string } = {
    any: 'yes',
    own: 'yes, for processes of this user',
    children: 'run only: running processes are out of reach',
    none: 'run only: running processes are out of reach',
  };
  const reach = ptraceReach(environment);
  if (reach === 'any' || reach === 'own') return { ...line, status: 'ok', detail: words[reach] };
  return { ...line, status: 'note', detail: words[reach], remedy: isRoot ? undefined : remedy };
}

export function verdictOf(environment: Environment): Verdict {
  const problem = firstProblem(environment);
  const backend = chosenBackend(environment);
  const attach = attachLine(environment, backend, problem?.remedy);
  return {
    live: problem === undefined,
    backend,
    attach: attach.status === 'ok',
    lines: [
      problem === undefined
        ? { id: 'live', title: 'live workload', status: 'ok', detail: 'yes' }
        : { id: 'live', title: 'live workload', ...problem, detail: 'no: see the problem above' },
      backend === ''
        ? {
            id: 'kernel',
            title: 'kernel side observed by',
            status: 'note',
            detail: 'nothing: poll arms are inferred',
            remedy: environment.tracing() === undefined ? problem?.remedy : withRootsRights(environment, 'live'),
          }
        : { id: 'kernel', title: 'kernel side observed by', status: 'ok', detail: backend },
      attach,
      { id: 'replay', title: 'replay', status: 'ok', detail: 'yes, everywhere' },
    ],
  };
}
