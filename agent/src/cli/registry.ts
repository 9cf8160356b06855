/** All commands of ringlens. A new one is a file and a line here. */
import { checkCommand } from './check.ts';
import type { CliCommand } from './command.ts';
import { liveCommand } from './live.ts';

export const commands: readonly CliCommand[] = [liveCommand, checkCommand];
