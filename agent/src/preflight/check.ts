import type { Environment } from './environment.ts';

/** What a check found. */
export type Finding =
  | { readonly status: 'ok'; readonly detail: string }
  /** Something is weaker than it could be, and nothing stops. `detail` is a sentence; `remedy` is what to type, where a command helps. */
  | { readonly status: 'note'; readonly detail: string; readonly remedy?: string | undefined }
  | Problem;

/** The own workload can't run. */
export interface Problem {
  readonly status: 'problem';
  /** For programs: an errno's name or `EUNSUPPORTED`. */
  readonly code: string;
  /** One sentence that says what is wrong and what to do. */
  readonly detail: string;
  readonly remedy?: string | undefined;
}

export interface Check {
  readonly id: string;
  /** What is looked at, as a line of `ringlens check` begins. */
  readonly title: string;
  /** 'live': a problem here stops the own workload before it starts. 'nothing': there is at most a note. */
  readonly blocks: 'live' | 'nothing';
  /** undefined where it can't be told, and an earlier check has said why. */
  run(environment: Environment): Finding | undefined;
}

/** The whole sentence of a problem. */
export function sentenceOf({ detail, remedy }: Problem): string {
  return remedy === undefined ? detail : `${detail.replace(/\.$/, '')}; type: ${remedy}`;
}
