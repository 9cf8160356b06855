/** From a key press to a command. Single keys rest while someone types, and where a control uses the key itself. */
import type { CommandRegistry } from './registry.ts';

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/** "space", ".", "shift+.", "[", "PageUp", "esc"; empty for a chord that belongs to the browser. */
export function keyName(e: Press): string {
  if (e.ctrlKey || e.altKey || e.metaKey) return '';
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
  /** False = single keys are switched off; the help stays reachable by its button. */
  enabled(): boolean;
}

/** Listens until destroy(). */
export function attachKeyboard({ target, registry, enabled }: KeyboardOptions): { destroy(): void } {
  const onKeyDown = (event: Event): void => {
    const e = event as KeyboardEvent;
    const key = keyName(e);
    if (e.defaultPrevented || key === '' || !enabled() || isTaken(e.target instanceof Element ? e.target : null, key)) return;
    const command = registry.byKey(key);
    if (!command) return;
    e.preventDefault();
    command.run();
  };
  target.addEventListener('keydown', onKeyDown);
  return { destroy: () => target.removeEventListener('keydown', onKeyDown) };
}
