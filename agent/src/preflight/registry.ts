/** What is looked at: by `ringlens check` all of it, before something starts what blocks it. A check is a file and a line here. */
import { backendChecks } from './backends.ts';
import { capabilitiesCheck } from './capabilities.ts';
import type { Check, Finding, Problem } from './check.ts';
import type { Environment } from './environment.ts';
import { featureChecks } from './features.ts';
import { memlockCheck } from './memlock.ts';
import { paranoidCheck } from './paranoid.ts';
import { platformCheck } from './platform.ts';
import { ptraceCheck } from './ptrace.ts';
import { ringCheck } from './ring.ts';
import { seccompCheck } from './seccomp.ts';
import { sysctlCheck } from './sysctl.ts';
import { tracefsCheck } from './tracefs.ts';
import { tracepointsCheck } from './tracepoints.ts';

/** In order: an earlier one tells the cause of what a later one would only notice. */
export const checks: readonly Check[] = [
  platformCheck,
  sysctlCheck,
  ringCheck,
  ...featureChecks,
  seccompCheck,
  capabilitiesCheck,
  memlockCheck,
  tracefsCheck,
  paranoidCheck,
  tracepointsCheck,
  ...backendChecks,
  ptraceCheck,
];

/** Runs the checks of what blocks `live` one after another, up to the first problem. */
export function firstProblem(environment: Environment): Problem | undefined {
  for (const check of checks) {
    if (check.blocks !== 'live') continue;
    const finding = check.run(environment);
    if (finding?.status === 'problem') return finding;
  }
  return undefined;
}

/** A line of `ringlens check`. */
export type CheckedLine = Pick<Check, 'id' | 'title'> & Finding;

/** Runs all checks; those that can't be told are left out. */
export function runChecks(environment: Environment): CheckedLine[] {
  return checks.flatMap(({ id, title, run }) => {
    const finding = run(environment);
    return finding === undefined ? [] : [{ id, title, ...finding }];
  });
}
