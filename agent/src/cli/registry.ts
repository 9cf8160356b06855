/** All commands of ringlens. A new one is a file and a line here. */
import type { Command } from 'commander';
import { liveCommand } from './live.ts';

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

export const commands: readonly CliCommand[] = [liveCommand];
