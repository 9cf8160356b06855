/** Bookmarks and notes: what the commands do with them. Pure. */
import type { Note } from '../../../shared/trace-file/note.ts';

export const MOST_TEXT = 500;

export const byTime = (notes: readonly Note[]): Note[] => [...notes].sort((a, b) => a.t - b.t || a.id.localeCompare(b.id));

const fresh = (notes: readonly Note[]): string => {
  for (let n = notes.length + 1; ; n++) if (!notes.some(({ id }) => id === `n${n}`)) return `n${n}`;
};

/** Takes away the bookmark at this moment (within `near` ns), or makes one. */
export function toggleBookmark(notes: readonly Note[], t: number, near: number): Note[] {
  const there = notes.filter((note) => note.kind === 'bookmark' && Math.abs(note.t - t) <= near);
  if (there.length > 0) return notes.filter((note) => !there.includes(note));
  return byTime([...notes, { id: fresh(notes), t, kind: 'bookmark', text: '' }]);
}

/** A text at this moment; of blank text there is no note. */
export function addNote(notes: readonly Note[], t: number, text: string): readonly Note[] {
  const words = text.trim().slice(0, MOST_TEXT);
  return words === '' ? notes : byTime([...notes, { id: fresh(notes), t, kind: 'note', text: words }]);
}

export const withoutNote = (notes: readonly Note[], id: string): readonly Note[] => notes.filter((note) => note.id !== id);

/** The next one after this moment, or the one before it; null = there is none. */
export function nextNote(notes: readonly Note[], t: number, direction: 1 | -1): Note | null {
  const sorted = byTime(notes);
  return (direction === 1 ? sorted.find((note) => note.t > t) : sorted.findLast((note) => note.t < t)) ?? null;
}
