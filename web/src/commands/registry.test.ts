import { describe, expect, it, vi } from 'vitest';
import { isTaken, keyName } from './keyboard.ts';
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
  it("leaves the browser's chords alone", () => {
    expect(press('+', { ctrlKey: true })).toBe('');
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
