/** Bookmarks and notes of people, kept in the file. */
import * as v from 'valibot';

export interface Note {
  id: string;
  /** ns since the start of the trace. */
  t: number;
  kind: 'bookmark' | 'note';
  text: string;
}

export const MOST_NOTE_TEXT = 2000;

export const noteSchema: v.GenericSchema<unknown, Note> = v.object({
  id: v.pipe(v.string(), v.maxLength(64)),
  t: v.pipe(v.number(), v.finite(), v.minValue(0)),
  kind: v.picklist(['bookmark', 'note']),
  text: v.pipe(v.string(), v.maxLength(MOST_NOTE_TEXT)),
});
