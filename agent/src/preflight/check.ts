import type { Environment } from './environment.ts';

/** What a check found. A problem is one sentence that says what is wrong and what to do. */
export type Finding =
  | { readonly ok: true; readonly detail: string }
  | {
      readonly ok: false;
      /** For programs: an errno's name or `EUNSUPPORTED`. */
      readonly code: string;
      readonly problem: string;
      /** A command to type, or empty where there is none. */
      readonly remedy: string;
    };

export interface Check {
  readonly id: string;
  /** What is looked at, as a line of `ringlens check` begins. */
  readonly title: string;
  run(environment: Environment): Finding;
}

/** The whole sentence of a finding that is a problem. */
export function sentenceOf(finding: Extract<Finding, { ok: false }>): string {
  return finding.remedy === '' ? finding.problem : `${finding.problem.replace(/\.$/, '')}; type: ${finding.remedy}`;
}
