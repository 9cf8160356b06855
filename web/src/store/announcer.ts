/**
 * What a screen reader is told unasked: ENOBUFS, lost events, the connection. At most one sentence a second; what comes
 * sooner waits, and of one topic only the newest waits.
 */
import type { Feed } from '../feed/feed.ts';
import { type Observable, observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';

export type Topic = 'enobufs' | 'lost' | 'connection' | 'refusal';

export interface Announcer {
  readonly text: Observable<string>;
  say(topic: Topic, sentence: string): void;
  close(): void;
}

export function createAnnouncer(intervalMs = 1000): Announcer {
  const text = observable('');
  const waiting = new Map<Topic, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const next = (): void => {
    timer = undefined;
    const first = waiting.entries().next();
    if (first.done) return;
    const [topic, sentence] = first.value;
    waiting.delete(topic);
    // The same sentence again would be no change to a live region; a no-break space makes it one.
    text.set(text.get() === sentence ? `${sentence}\u00a0` : sentence);
    timer = setTimeout(next, intervalMs);
  };
  return {
    text,
    say: (topic, sentence) => {
      waiting.set(topic, sentence);
      if (timer === undefined) next();
    },
    close: () => clearTimeout(timer),
  };
}

/** Tells what happens on this feed until the returned function is called. */
export function announceNews(feed: Feed, pictures: Observable<Picture | null>, announcer: Announcer): () => void {
  let lastEnd = -1;
  let dropped = 0;
  let connection = feed.status.get().connection.state;
  const onPicture = (): void => {
    const picture = pictures.get();
    if (!picture) return;
    const end = picture.lastEnd;
    if (end && end.cause === 'enobufs' && end.t > lastEnd)
      announcer.say('enobufs', `ENOBUFS: the request of ${picture.names.get(end.slot) ?? `c${end.slot}`} ended, the group is empty.`);
    lastEnd = end?.t ?? lastEnd;
    if (picture.totals.dropped > dropped) announcer.say('lost', `${picture.totals.dropped} trace events lost so far.`);
    dropped = picture.totals.dropped;
  };
  const onStatus = (): void => {
    const state = feed.status.get().connection.state;
    if (state === connection) return;
    connection = state;
    if (state === 'open') announcer.say('connection', 'Agent connected.');
    if (state === 'gone') announcer.say('connection', 'Agent gone, the picture is kept.');
    if (state === 'reload') announcer.say('connection', 'The agent has another version: reload the page.');
  };
  const ends = [pictures.subscribe(onPicture), feed.status.subscribe(onStatus)];
  return () => {
    for (const end of ends) end();
  };
}
