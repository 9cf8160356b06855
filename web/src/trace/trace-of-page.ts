/** The recorded trace that a page is about: inside of it (a handout), or named in its address. */
import type { Note } from '../../../shared/trace-file/note.ts';
import type { TraceLocation } from '../feed/worker-messages.ts';

export interface TraceOfPage {
  name: string;
  /** null = none yet: it is chosen in the page. */
  location: TraceLocation | null;
  saveNotes?: (notes: readonly Note[]) => Promise<void>;
}

/** Id of the element of a handout that holds the trace, base64, and its name in data-name (agent/src/cli/handout.ts). */
export const EMBEDDED_ID = 'ringlens-trace';

function embedded(document: Document): TraceOfPage | null {
  const element = document.getElementById(EMBEDDED_ID);
  if (element === null) return null;
  const text = atob(element.textContent?.trim() ?? '');
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  element.remove();
  return { name: element.dataset.name ?? 'trace', location: { kind: 'bytes', bytes: bytes.buffer } };
}

const lastPart = (path: string): string => decodeURIComponent(path.replace(/[?#].*$/s, '').replace(/^.*\//s, '')) || 'trace';

/** `?trace=URL&name=NAME`, the URL relative to the page; without a URL the trace is chosen in the page. Notes are kept by the server that the page itself comes from. */
export function traceOfPage(document: Document, { href, origin }: Pick<Location, 'href' | 'origin'>): TraceOfPage | null {
  const inside = embedded(document);
  if (inside !== null) return inside;
  const query = new URL(href).searchParams;
  const asked = query.get('trace');
  if (asked === null) return null;
  if (asked === '') return { name: '', location: null };
  const url = new URL(asked, href);
  const location: TraceLocation = { kind: 'url', url: url.href };
  const name = query.get('name') ?? lastPart(url.pathname);
  // `ringlens replay` keeps notes in the file; another server has none to keep them.
  if (url.origin !== origin || url.pathname !== new URL('trace', href).pathname) return { name, location };
  return {
    name,
    location,
    async saveNotes(notes) {
      const answer = await fetch(`${url.pathname}/notes`, { method: 'POST', body: JSON.stringify({ notes }) }).catch(() => null);
      if (answer?.ok !== true)
        throw new Error(`The notes are not kept in the file: ${answer === null ? 'ringlens has ended.' : await answer.text()}`);
    },
  };
}
