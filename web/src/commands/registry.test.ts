import { afterEach, describe, expect, it, vi } from 'vitest';
import { attachKeyboard, isTaken, keyName } from './keyboard.ts';
import { type Command, createRegistry, titleOf } from './registry.ts';

const command = (id: string, keys: string[], run = () => {}): Command => ({ id, title: id, group: 'Page', keys, run });
const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  keyName({ key, code: '', shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });

describe('the registry', () => {
  it('refuses two commands of one id', () => {
    expect(() => createRegistry([command('a', ['x']), command('a', ['y'])])).toThrow('Two commands have the id a.');
  });
  it('refuses a key that is taken', () => {
    expect(() => createRegistry([command('a', ['x']), command('b', ['y', 'x'])])).toThrow('The key x belongs to a and to b.');
  });
  it('finds by id and by any key', () => {
    const run = vi.fn();
    const registry = createRegistry([command('a', ['x', 'PageUp'], run)]);
    registry.byKey('PageUp')?.run();
    registry.byId('a').run();
    expect(run).toHaveBeenCalledTimes(2);
    expect(registry.byKey('q')).toBeUndefined();
    expect(() => registry.byId('q')).toThrow('No command has the id q.');
  });
  it('runs what can be used, and tells why the rest can not', () => {
    const run = vi.fn();
    const refuse = vi.fn();
    let reason: string | null = 'There is no filter to clear';
    const { all, byId, byKey } = createRegistry([{ ...command('a', ['x'], run), unavailable: () => reason }], refuse);
    for (const found of [all[0], byId('a'), byKey('x')]) found?.run();
    expect(run).not.toHaveBeenCalled();
    expect(refuse.mock.calls).toEqual(Array(3).fill(['There is no filter to clear']));
    reason = null;
    byId('a').run();
    expect(run).toHaveBeenCalledTimes(1);
    expect(refuse).toHaveBeenCalledTimes(3);
  });
  it('refuses a key that is to work everywhere and is none of the command', () => {
    expect(() => createRegistry([{ ...command('a', ['x']), everywhere: ['ctrl+k'] }])).toThrow(
      'The key ctrl+k is to work everywhere, but is none of a.',
    );
  });
  it('shows the first key in a title', () => {
    expect(titleOf(command('Pause', ['space', 'k']))).toBe('Pause (space)');
    expect(titleOf(command('Reload', []))).toBe('Reload');
  });
});

describe('keys', () => {
  it('have names', () => {
    expect([press(' '), press('Escape'), press('?', { shiftKey: true }), press('[')]).toEqual(['space', 'esc', '?', '[']);
  });
  it('knows shift and period on any layout', () => {
    expect(press('>', { shiftKey: true, code: 'Period' })).toBe('shift+.');
    expect(press(':', { shiftKey: true, code: 'Period' })).toBe('shift+.');
    expect(press('.', { code: 'Period' })).toBe('.');
  });
  it('chords are named by their letter: with ctrl or the command key, in capitals, on a layout of another script', () => {
    expect(press('k', { ctrlKey: true, code: 'KeyK' })).toBe('ctrl+k');
    expect(press('k', { metaKey: true, code: 'KeyK' })).toBe('ctrl+k');
    expect(press('K', { ctrlKey: true, code: 'KeyK' })).toBe('ctrl+k');
    expect(press('P', { ctrlKey: true, shiftKey: true, code: 'KeyP' })).toBe('ctrl+shift+p');
    expect(press('л', { ctrlKey: true, code: 'KeyK' })).toBe('ctrl+k');
    // Dvorak: the key that says t stands where others have k.
    expect(press('t', { ctrlKey: true, code: 'KeyK' })).toBe('ctrl+t');
  });
  it('with alt, or with ctrl and the command key, there is no chord', () => {
    expect(press('k', { altKey: true })).toBe('');
    expect(press('@', { ctrlKey: true, altKey: true })).toBe('');
    expect(press('k', { ctrlKey: true, metaKey: true })).toBe('');
  });
});

describe('the keyboard', () => {
  /** As the browser has it: what a key is pressed in, by one part of a selector that it matches. */
  class Focused extends EventTarget {
    constructor(readonly part: string) {
      super();
    }
    closest(selectors: string) {
      return selectors.split(', ').includes(this.part) ? this : null;
    }
  }
  const page = () => new Focused('body');
  const field = () => new Focused('textarea');
  const ctrl = { ctrlKey: true };

  afterEach(() => vi.unstubAllGlobals());

  /** Presses a key; whether it was kept from the browser, and what ran. */
  function pressed(target: Focused, key: string, more: Partial<KeyboardEvent> = {}, enabled = true) {
    vi.stubGlobal('Element', Focused);
    const ran: string[] = [];
    const registry = createRegistry([
      { ...command('palette', ['ctrl+k', 'ctrl+shift+p', ':'], () => ran.push('palette')), everywhere: ['ctrl+k'] },
      command('theme', ['t'], () => ran.push('theme')),
    ]);
    const keyboard = attachKeyboard({ target, registry, enabled: () => enabled });
    const none = { code: '', shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
    const event = Object.assign(new Event('keydown', { cancelable: true }), { key, ...none, ...more });
    target.dispatchEvent(event);
    keyboard.destroy();
    target.dispatchEvent(Object.assign(new Event('keydown'), { key, ...none, ...more }));
    return { ran, kept: event.defaultPrevented };
  }

  it('runs the command of a key or chord, and keeps it from the browser', () => {
    expect(pressed(page(), 't')).toEqual({ ran: ['theme'], kept: true });
    expect(pressed(page(), 'k', ctrl)).toEqual({ ran: ['palette'], kept: true });
    expect(pressed(page(), 'P', { ...ctrl, shiftKey: true })).toEqual({ ran: ['palette'], kept: true });
  });
  it("leaves the browser's chords alone, also those of a single key that is a command", () => {
    for (const key of ['t', 'c', '+', ':']) expect(pressed(page(), key, ctrl)).toEqual({ ran: [], kept: false });
  });
  it('while someone types, only the key that works everywhere is a command', () => {
    expect(pressed(field(), 'k', ctrl)).toEqual({ ran: ['palette'], kept: true });
    expect(pressed(field(), 'P', { ...ctrl, shiftKey: true })).toEqual({ ran: [], kept: false });
    expect(pressed(field(), ':')).toEqual({ ran: [], kept: false });
    expect(pressed(field(), 't')).toEqual({ ran: [], kept: false });
  });
  it('with single keys switched off, chords stay', () => {
    expect(pressed(page(), 't', {}, false)).toEqual({ ran: [], kept: false });
    expect(pressed(page(), ':', {}, false)).toEqual({ ran: [], kept: false });
    expect(pressed(page(), 'k', ctrl, false)).toEqual({ ran: ['palette'], kept: true });
  });
});

describe('a focused control keeps the keys that it needs', () => {
  /** An element that matches the one selector part given. */
  const inside = (part: string) => ({ closest: (selectors: string) => (selectors.split(', ').includes(part) ? ({} as Element) : null) });
  it('buttons keep space', () => {
    expect(isTaken(inside('button'), 'space')).toBe(true);
    expect(isTaken(inside('button'), 't')).toBe(false);
  });
  it('lists and dialogs keep all', () => {
    expect(isTaken(inside('[role=listbox]'), 't')).toBe(true);
    expect(isTaken(inside('[role=dialog]'), '.')).toBe(true);
  });
  it('a slider keeps its page keys', () => {
    expect(isTaken(inside('input[type=range]'), 'PageUp')).toBe(true);
    expect(isTaken(inside('input[type=range]'), '[')).toBe(false);
  });
  it('nothing focused takes nothing', () => {
    expect(isTaken(null, 'space')).toBe(false);
  });
});
