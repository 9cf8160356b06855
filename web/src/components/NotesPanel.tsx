/** Bookmarks and notes of the trace: a list to go to, and the field for a new one. */
import { Bookmark, MessageSquare, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { Note } from '../../../shared/trace-file/note.ts';
import { formatClock } from '../canvas/time-text.ts';
import { titleOf } from '../commands/registry.ts';
import { addNote, MOST_TEXT, withoutNote } from '../store/notes.ts';
import { type ViewState, viewStore } from '../store/view.ts';
import { useSelected } from './hooks.ts';
import { useServices } from './services.ts';

const same = (notes: readonly Note[]): readonly Note[] => notes;
const selectWriting = (s: ViewState) => s.noteAt;

function NoteField({ t }: { t: number }) {
  const { feed } = useServices();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const close = (): void => viewStore.setState({ noteAt: null });
  return (
    <form
      className="noteField"
      onSubmit={(e) => {
        e.preventDefault();
        feed.setNotes(addNote(feed.notes.get(), t, field.current?.value ?? ''));
        close();
      }}
    >
      <input
        ref={field}
        type="text"
        maxLength={MOST_TEXT}
        aria-label={`Note at ${formatClock(t)}`}
        placeholder={`Note at ${formatClock(t)}`}
        onKeyDown={(e) => {
          if (e.key === 'Escape') close();
        }}
      />
      <button type="submit" className="btn">
        Keep
      </button>
    </form>
  );
}

function NoteRow({ note, number }: { note: Note; number: number }) {
  const { feed, clock } = useServices();
  const name = note.kind === 'bookmark' ? `Bookmark ${number}` : note.text;
  return (
    <li>
      <button type="button" className="noteRow" onClick={() => clock.seek(note.t)} title={name}>
        {note.kind === 'bookmark' ? <Bookmark aria-hidden="true" /> : <MessageSquare aria-hidden="true" />}
        <span className="mono dim">{formatClock(note.t)}</span>
        <span className="noteText">{name}</span>
      </button>
      <button
        type="button"
        className="btn quiet icon"
        aria-label={`Delete: ${name}`}
        onClick={() => feed.setNotes(withoutNote(feed.notes.get(), note.id))}
      >
        <X aria-hidden="true" />
      </button>
    </li>
  );
}

export function NotesPanel() {
  const { feed, commands } = useServices();
  const notes = useSelected(feed.notes, same);
  const noteAt = useStore(viewStore, selectWriting);
  if (notes.length === 0 && noteAt === null) return null;
  let bookmarks = 0;
  return (
    <section className="notes" aria-label="Notes" title={titleOf(commands.byId('notes.write'))}>
      <div className="panelHead">
        <h2>Notes</h2>
        <span className="dim">{notes.length}</span>
      </div>
      {noteAt !== null && <NoteField t={noteAt} />}
      <ul>
        {notes.map((note) => (
          <NoteRow key={note.id} note={note} number={note.kind === 'bookmark' ? ++bookmarks : 0} />
        ))}
      </ul>
    </section>
  );
}
