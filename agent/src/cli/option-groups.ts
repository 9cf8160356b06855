import type { Command, Option } from 'commander';

/** Adds options under a heading of the help. */
export function addOptions(command: Command, group: string, ...options: Option[]): void {
  for (const option of options) command.addOption(option.helpGroup(group));
}
