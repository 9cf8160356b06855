/** Every command by its name: typed, chosen, run. Those that can't be used now say why. */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { paletteCommandId } from '../commands/live-commands.ts';
import { type CommandMatch, matchCommands, type Part } from '../commands/match.ts';
import { type Command, commandGroups } from '../commands/registry.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { useServices } from './services.ts';

const selectOpen = (s: ViewState) => s.paletteOpen;

function Marked({ parts }: { parts: readonly Part[] }) {
  return parts.map(({ from, text, isMatch }) => (isMatch ? <mark key={from}>{text}</mark> : text));
}

interface RowProps {
  match: CommandMatch;
  /** Under the heading of its group it does not say the group again. */
  headed: boolean;
  onChoose: (command: Command) => void;
}

function Row({ match: { command, title, group }, headed, onChoose }: RowProps) {
  const reason = command.unavailable?.() ?? null;
  return (
    <Autocomplete.Item
      value={command}
      className="paletteRow"
      // It can be gone to and chosen, and then says why: disabled, the keys would leap over it.
      aria-disabled={reason !== null}
      // The ready-made one tells what was chosen for good; here it is the one that Enter runs.
      render={(props, { highlighted }) => <div {...{ ...props, 'aria-selected': highlighted }} />}
      onClick={() => onChoose(command)}
    >
      <span className="paletteTitle">
        <span className="paletteName">
          <Marked parts={title} />
        </span>
        {reason !== null && <span className="paletteReason">{reason}</span>}
      </span>
      {!headed && (
        <span className="paletteGroup dim">
          <Marked parts={group} />
        </span>
      )}
      <span className="paletteKey">{command.keys[0] !== undefined && <kbd>{command.keys[0]}</kbd>}</span>
    </Autocomplete.Item>
  );
}

/** By group while nothing is typed; then the best first. */
function Rows({ matches, typed, onChoose }: { matches: readonly CommandMatch[]; typed: boolean; onChoose: RowProps['onChoose'] }) {
  const rows = (of: readonly CommandMatch[]) =>
    of.map((match) => <Row key={match.command.id} match={match} headed={!typed} onChoose={onChoose} />);
  if (typed) return rows(matches);
  return commandGroups.map((group) => {
    const own = matches.filter(({ command }) => command.group === group);
    if (own.length === 0) return null;
    return (
      <Autocomplete.Group key={group} className="paletteSection">
        <Autocomplete.GroupLabel className="paletteHead">{group}</Autocomplete.GroupLabel>
        {rows(own)}
      </Autocomplete.Group>
    );
  });
}

function Palette() {
  const { commands } = useServices();
  const chosen = useRef<Command | null>(null);
  const choose = (command: Command): void => {
    chosen.current = command;
    viewStore.setState({ paletteOpen: false });
  };
  // A command may want the focus for a field or a dialog of its own. The dialog gives it back in a microtask when it is gone; the
  // command comes behind that.
  useEffect(
    () => () => {
      const command = chosen.current;
      if (command) queueMicrotask(() => command.run());
    },
    [],
  );
  const [text, setText] = useState('');
  const typed = text.trim() !== '';
  const matches = useMemo(() => {
    const others = commands.all.filter(({ id }) => id !== paletteCommandId);
    // In the order of their groups, which is the order that is shown.
    const ordered = commandGroups.flatMap((group) => others.filter((command) => command.group === group));
    return matchCommands(ordered, text);
  }, [commands, text]);
  return (
    <Autocomplete.Root
      inline
      open
      mode="none"
      autoHighlight="always"
      keepHighlight
      items={matches.map(({ command }) => command)}
      itemToStringValue={({ title }: Command) => title}
      value={text}
      onValueChange={(value, { reason }) => {
        // A chosen command is run, and not written into the field.
        if (reason !== 'item-press') setText(value);
      }}
    >
      <div className="paletteField">
        <Search aria-hidden="true" />
        <Autocomplete.Input
          className="paletteInput"
          aria-label="Command"
          placeholder="Type a part of a command’s name"
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
        />
        <Dialog.Close className="btn quiet">
          <kbd>esc</kbd>
          <span className="unseen">Close</span>
        </Dialog.Close>
      </div>
      <Autocomplete.Empty className="paletteEmpty">
        {matches.length === 0 && <p>No command has these words in its title, group or id.</p>}
      </Autocomplete.Empty>
      <Autocomplete.List className="paletteList" aria-label="Commands">
        <Rows matches={matches} typed={typed} onChoose={choose} />
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

export function CommandPalette() {
  const open = useStore(viewStore, selectOpen);
  return (
    <Dialog.Root open={open} onOpenChange={(paletteOpen) => viewStore.setState({ paletteOpen })}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="popup palette" aria-label="Commands">
          <Palette />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
