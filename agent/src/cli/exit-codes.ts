/** How ringlens ends. Documented in `--help` and docs/json.md; a number keeps its meaning. */
export const ExitCode = {
  /** Done, or ended with Ctrl-C. */
  ok: 0,
  /** Something went wrong: a port in use, a workload that failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** This machine can't do it, or this user may not: no io_uring, a kernel that lacks a feature, another user's process. */
  unsupported: 3,
  /** `--break` without a page: the run was over before a breakpoint was hit. */
  noHit: 4,
  /** `run`: the program may not be run. */
  notRunnable: 126,
  /** `run`: there is no such program. */
  noProgram: 127,
  /** Ended by SIGTERM, in order. */
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An end with one sentence for people and an exit code. */
export class CliError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
    this.name = 'CliError';
  }
}
