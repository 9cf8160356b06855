/** From a key press to a command. Keys rest while someone types, and where a control uses the key itself. */
import type { CommandRegistry } from './registry.ts';

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/** The letter on the key, as Latin layouts have it: chords are known by it where another script is written, too. */
function chordKey({ key, code }: Press): string {
  const latin = /^Key([A-Z])$/.exec(code)?.[1];
  return (/^[\x21-\x7e]$/.test(key) || latin === undefined ? key : latin).toLowerCase();
}

/**
 * "space", ".", "shift+.", "[", "PageUp", "esc"; of chords "ctrl+k" and "ctrl+shift+p", where ctrl is the command key of a
 * Mac, too. Empty for what is never a command: chords with alt, which write letters on some layouts, or with both.
 */
export function keyName(e: Press): string {
  if (e.altKey || (e.ctrlKey && e.metaKey)) return '';
  if (e.ctrlKey || e.metaKey) return `ctrl+${e.shiftKey ? 'shift+' : ''}${chordKey(e)}`;
  // Shift changes the character of this key, and which one depends on the layout.
  if (e.shiftKey && e.code === 'Period') return 'shift+.';
  if (e.shiftKey && e.code === 'Comma') return 'shift+,';
  if (e.key === ' ') return 'space';
  if (e.key === 'Escape') return 'esc';
  return e.key;
}

const typing = 'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]';
const choosing = '[role=listbox], [role=option], [role=menu], [role=dialog]';
const pressable = 'button, a[href], summary, input[type=radio], [role=checkbox], [role=combobox]';

/** Whether the focused element wants this key for itself. */
export function isTaken(target: Pick<Element, 'closest'> | null, key: string): boolean {
  if (!target) return false;
  if (target.closest(typing) || target.closest(choosing)) return true;
  if (key === 'space') return target.closest(pressable) !== null;
  return (key === 'PageUp' || key === 'PageDown') && target.closest('input[type=range]') !== null;
}

export interface KeyboardOptions {
  target: EventTarget;
  registry: CommandRegistry;
  /** False = single keys are switched off; chords stay, and the help is reachable by its button. */
  enabled(): boolean;
}

/** Listens until destroy(). */
export function attachKeyboard({ target, registry, enabled }: KeyboardOptions): { destroy(): void } {
  const onKeyDown = (event: Event): void => {
    const e = event as KeyboardEvent;
    const key = keyName(e);
    // A chord that is no command is the browser's.
    const command = e.defaultPrevented ? undefined : registry.byKey(key);
    if (!command || (!key.startsWith('ctrl+') && !enabled())) return;
    const everywhere = command.everywhere?.includes(key) ?? false;
    if (!everywhere && isTaken(e.target instanceof Element ? e.target : null, key)) return;
    e.preventDefault();
    command.run();
  };
  target.addEventListener('keydown', onKeyDown);
  return { destroy: () => target.removeEventListener('keydown', onKeyDown) };
}
