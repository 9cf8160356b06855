import { describe, expect, it } from 'vitest';
import { addNote, nextNote, toggleBookmark, withoutNote } from './notes.ts';

describe('notes', () => {
  it('are kept in the order of their time, each with an id of its own', () => {
    let notes = addNote([], 500, ' the group is empty ');
    notes = toggleBookmark(notes, 100, 10);
    notes = addNote(notes, 300, 'x'.repeat(900));
    expect(notes.map(({ t, kind }) => [t, kind])).toEqual([
      [100, 'bookmark'],
      [300, 'note'],
      [500, 'note'],
    ]);
    expect(new Set(notes.map(({ id }) => id)).size).toBe(3);
    expect(notes[2]?.text).toBe('the group is empty');
    expect(notes[1]?.text.length).toBe(500);
    expect(addNote(notes, 1, '  ')).toBe(notes);
    // An id that was given away is not given again while its note is there.
    const less = withoutNote(notes, notes[0]?.id ?? '');
    expect(new Set(addNote(less, 700, 'y').map(({ id }) => id)).size).toBe(3);
  });

  it('are gone to forth and back', () => {
    const notes = addNote(addNote([], 100, 'a'), 200, 'b');
    expect(nextNote(notes, 0, 1)?.text).toBe('a');
    expect(nextNote(notes, 100, 1)?.text).toBe('b');
    expect(nextNote(notes, 200, 1)).toBeNull();
    expect(nextNote(notes, 200, -1)?.text).toBe('a');
    expect(nextNote(notes, 100, -1)).toBeNull();
  });

  it('lose the bookmark that is toggled again near its moment', () => {
    const notes = toggleBookmark([], 100, 10);
    expect(toggleBookmark(notes, 108, 10)).toEqual([]);
    expect(toggleBookmark(notes, 120, 10).length).toBe(2);
  });
});
