import type { Command } from 'commander';

/** Where a command writes; a test gives its own. */
export interface CliOutput {
  out(text: string): void;
  err(text: string): void;
}

export interface CliCommand {
  readonly name: string;
  /** Adds the command to the program; its action calls `done` with the exit code, or throws CliError. */
  register(program: Command, output: CliOutput, done: (exitCode: number) => void): void;
}
