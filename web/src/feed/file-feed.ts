/** A recorded trace as a feed: from a file that was dropped or chosen, from a web address, or from inside the page. */
import type { Note } from '../../../shared/trace-file/note.ts';
import { type Feed, FeedError, type FeedStatus, type FileStatus, initialStatus } from './feed.ts';
import { observable } from './observable.ts';
import { createPictureWorker, type WorkerPort } from './picture-worker.ts';
import { sentenceOf } from './sentence-of.ts';
import type { TraceLocation } from './worker-messages.ts';

export interface FileFeedOptions {
  /** As it is called on the page. */
  name: string;
  /** null: none has been chosen yet. */
  location: TraceLocation | null;
  startWorker: () => WorkerPort;
  /** Keeps the notes in the file; rejects with a sentence. Without it they stay in the page. */
  saveNotes?: (notes: readonly Note[]) => Promise<void>;
}

const unopened = (name: string): FileStatus => ({
  name,
  opened: false,
  complete: true,
  trouble: [],
  events: 0,
  length: 0,
  progress: 0,
  failed: null,
});

export function createFileFeed({ name, location, startWorker, saveNotes }: FileFeedOptions): Feed {
  const status = observable<FeedStatus>({
    ...initialStatus,
    // Nothing is waited for: a file is there, or it can't be shown.
    connection: { state: 'open', rttMs: null },
    file: unopened(name),
  });
  const notes = observable<readonly Note[]>([]);
  const change = (part: Partial<FeedStatus>): void => status.set({ ...status.get(), ...part });
  const changeFile = (part: Partial<FileStatus>): void => change({ file: { ...(status.get().file ?? unopened(name)), ...part } });
  const pictures = createPictureWorker(startWorker(), {
    trouble: (trouble) => change({ trouble }),
    opened({ session, version, params, stats, notes: kept, events, end, complete, trouble }) {
      notes.set(kept);
      change({ session, agentVersion: version, params, stats, trouble: trouble[0] ?? '' });
      changeFile({ opened: true, complete, trouble, events, length: end, progress: 1 });
    },
    progress: (progress) => changeFile({ progress }),
    failed: (code, message) => changeFile({ failed: { code, message } }),
  });
  if (location !== null) pictures.open(location);

  return {
    status,
    picture: pictures.picture,
    overview: pictures.overview,
    subscribe: pictures.subscribe,
    view: pictures.view,
    next: pictures.next,
    inspect: pictures.inspect,
    find: pictures.find,
    hits: pictures.hits,
    notes,
    setNotes(all) {
      notes.set(all);
      saveNotes?.(all).catch((e: unknown) => change({ trouble: sentenceOf(e) }));
    },
    send: () => Promise.reject(new FeedError('ERECORDED', 'This trace was recorded: nothing of it can be changed.')),
    look: () => Promise.reject(new FeedError('ERECORDED', 'This trace was recorded: what was in the buffers is not in it.')),
    connectNow: () => undefined,
    close: pictures.close,
  };
}
