/**
 * The registry of commands. One entry feeds the keyboard, the palette, the `?` map and the titles of the buttons, so that
 * they can't disagree. A duplicate id or key throws at start.
 */

export const commandGroups = ['Picture', 'Time', 'Find', 'Notes', 'Debug', 'Lanes', 'Page'] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  /** "picture.pause" */
  readonly id: string;
  /** What it does, as the map and the buttons say it. */
  readonly title: string;
  readonly group: CommandGroup;
  /** Names of keys as keyName() makes them; the first is the one that buttons show. */
  readonly keys: readonly string[];
  /** Those of the keys that are this command wherever the focus is, also while someone types; none if left out. */
  readonly everywhere?: readonly string[];
  /** One sentence why it can't be used now; null, or left out: it can. */
  unavailable?(): string | null;
  run(): void;
}

export interface CommandRegistry {
  /** In the order in which they were given. run() of each asks unavailable() first. */
  readonly all: readonly Command[];
  byId(id: string): Command;
  byKey(key: string): Command | undefined;
}

/** The command as everyone gets it: where it can't be used, it says why and does nothing. */
const guarded = (command: Command, refuse: (reason: string) => void): Command => ({
  ...command,
  run() {
    const reason = command.unavailable?.() ?? null;
    if (reason === null) command.run();
    else refuse(reason);
  },
});

/** `refuse` is told why a command that was called for can't be used. */
export function createRegistry(commands: readonly Command[], refuse: (reason: string) => void = () => undefined): CommandRegistry {
  const ids = new Map<string, Command>();
  const keys = new Map<string, Command>();
  const all = commands.map((command) => guarded(command, refuse));
  for (const command of all) {
    if (ids.has(command.id)) throw new Error(`Two commands have the id ${command.id}.`);
    ids.set(command.id, command);
    for (const key of command.keys) {
      const other = keys.get(key);
      if (other) throw new Error(`The key ${key} belongs to ${other.id} and to ${command.id}.`);
      keys.set(key, command);
    }
    const stray = command.everywhere?.find((key) => !command.keys.includes(key));
    if (stray !== undefined) throw new Error(`The key ${stray} is to work everywhere, but is none of ${command.id}.`);
  }
  return {
    all,
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
