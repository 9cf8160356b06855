import { Checkbox } from '@base-ui/react/checkbox';
import { Dialog } from '@base-ui/react/dialog';
import { Check, X } from 'lucide-react';
import { useRef } from 'react';
import { useStore } from 'zustand';
import { paletteCommandId } from '../commands/live-commands.ts';
import { type Command, commandGroups } from '../commands/registry.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { useServices } from './services.ts';

const selectOpen = (s: ViewState) => s.helpOpen;
const selectSingleKeys = (s: ViewState) => s.singleKeys;

/** By group; the palette, which leads to all of them, has its place above. */
const withKeys = (commands: readonly Command[]) =>
  commandGroups
    .map((group) => ({
      group,
      commands: commands.filter((command) => command.group === group && command.keys.length > 0 && command.id !== paletteCommandId),
    }))
    .filter(({ commands }) => commands.length > 0);

/** The keyboard map, written by the registry of commands. */
export function HelpDialog() {
  const { commands } = useServices();
  const close = useRef<HTMLButtonElement>(null);
  const palette = commands.byId(paletteCommandId);
  const open = useStore(viewStore, selectOpen);
  const singleKeys = useStore(viewStore, selectSingleKeys);
  return (
    <Dialog.Root open={open} onOpenChange={(helpOpen) => viewStore.setState({ helpOpen })}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="popup help" initialFocus={close}>
          <div className="helpHead">
            <Dialog.Title>Keyboard map</Dialog.Title>
            <div className="helpPalette">
              <button type="button" className="btn" title="Those without a key, too" onClick={palette.run}>
                {palette.title}
              </button>
              {palette.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </div>
            <Dialog.Close ref={close} className="btn quiet icon" aria-label="Close">
              <X aria-hidden="true" />
            </Dialog.Close>
          </div>
          <div className="helpGroups">
            {withKeys(commands.all).map(({ group, commands }) => (
              <section key={group} aria-label={group}>
                <h3>{group}</h3>
                <dl>
                  {commands.map((command) => (
                    <div key={command.id}>
                      <dt>
                        {command.keys.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </dt>
                      <dd>{command.title}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
          <div className="helpSetting">
            <Checkbox.Root
              className="checkbox"
              checked={singleKeys}
              onCheckedChange={(checked) => viewStore.setState({ singleKeys: checked })}
              id="single-keys"
            >
              <Checkbox.Indicator>
                <Check aria-hidden="true" />
              </Checkbox.Indicator>
            </Checkbox.Root>
            <label htmlFor="single-keys">Single keys are commands; off, if a key of yours means something else</label>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
