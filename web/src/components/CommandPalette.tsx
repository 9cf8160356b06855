/** Every command by its name: typed, chosen, run. Those that can't be used now say why. */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
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

function Palette({ onChoose }: { onChoose: RowProps['onChoose'] }) {
  const { commands } = useServices();
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
        <Rows matches={matches} typed={typed} onChoose={onChoose} />
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

export function CommandPalette() {
  const open = useStore(viewStore, selectOpen);
  /** Runs once the palette is gone and has given the focus back: a command may want it for a field or a dialog of its own. */
  const chosen = useRef<Command | null>(null);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(paletteOpen) => viewStore.setState({ paletteOpen })}
      onOpenChangeComplete={(isOpen) => {
        if (isOpen) return;
        const command = chosen.current;
        chosen.current = null;
        command?.run();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="popup palette" aria-label="Commands">
          <Palette
            onChoose={(command) => {
              chosen.current = command;
              viewStore.setState({ paletteOpen: false });
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
