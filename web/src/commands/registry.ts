/**
 * The registry of commands. One entry feeds the keyboard, the `?` map and the titles of the buttons, so that they can't
 * disagree. A duplicate id or key throws at start.
 */

export const commandGroups = ['Picture', 'Time', 'Find', 'Notes', 'Lanes', 'Page'] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  /** "picture.pause" */
  readonly id: string;
  /** What it does, as the map and the buttons say it. */
  readonly title: string;
  readonly group: CommandGroup;
  /** Names of keys as keyName() makes them; the first is the one that buttons show. */
  readonly keys: readonly string[];
  run(): void;
}

export interface CommandRegistry {
  readonly all: readonly Command[];
  byId(id: string): Command;
  byKey(key: string): Command | undefined;
}

export function createRegistry(commands: readonly Command[]): CommandRegistry {
  const ids = new Map<string, Command>();
  const keys = new Map<string, Command>();
  for (const command of commands) {
    if (ids.has(command.id)) throw new Error(`Two commands have the id ${command.id}.`);
    ids.set(command.id, command);
    for (const key of command.keys) {
      const other = keys.get(key);
      if (other) throw new Error(`The key ${key} belongs to ${other.id} and to ${command.id}.`);
      keys.set(key, command);
    }
  }
  return {
    all: commands,
    byId: (id) => {
      const command = ids.get(id);
      if (!command) throw new Error(`No command has the id ${id}.`);
      return command;
    },
    byKey: (key) => keys.get(key),
  };
}

/** "Pause (space)": the title of a button. */
export const titleOf = (command: Command): string =>
  command.keys[0] === undefined ? command.title : `${command.title} (${command.keys[0]})`;
