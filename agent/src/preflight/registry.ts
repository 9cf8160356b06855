/** What is looked at before something starts. A check is a file and a line here. */
import type { Check, Finding } from './check.ts';
import type { Environment } from './environment.ts';
import { platformCheck } from './platform.ts';
import { ringCheck } from './ring.ts';
import { sysctlCheck } from './sysctl.ts';

/** In order: an earlier one tells the cause of what a later one would only notice. */
export const checks: readonly Check[] = [platformCheck, sysctlCheck, ringCheck];

/** Runs the checks one after another, up to the first problem. */
export function firstProblem(environment: Environment): Extract<Finding, { ok: false }> | undefined {
  for (const check of checks) {
    const finding = check.run(environment);
    if (!finding.ok) return finding;
  }
  return undefined;
}
