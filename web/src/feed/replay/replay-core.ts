/**
 * What the worker does with its messages while it shows a recorded trace; runs without a Worker in the tests. Reading takes
 * its time, so messages that need it wait in a row: pictures and steps are made one after another, each from a whole stretch.
 */
import type { NextQuery } from '../feed.ts';
import { Finder } from '../finder.ts';
import { deadline, type Inspection } from '../inspection.ts';
import type { ViewRequest } from '../picture.ts';
import { type PictureBuilder, transferablesOf } from '../picture-builder.ts';
import { createRow } from '../row.ts';
import { createSearch, type Searched } from '../search.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { FromWorker, OpenedTrace, ToWorker } from '../worker-messages.ts';
import { openReplay, type Replay } from './replay.ts';
import { ReplayPictures } from './replay-pictures.ts';
import { Scan } from './scan.ts';
import type { TraceReader } from './trace-reader.ts';

/** A trace that was opened: what it says of itself, and the way to its events. */
export interface OpenTrace {
  reader: TraceReader;
  told: OpenedTrace;
}

export interface ReplayCoreOptions {
  open(): Promise<OpenTrace>;
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  /** Wall time, ms. */
  clock(): number;
  /** Runs a task after the messages that wait already. */
  defer(task: () => void): void;
}

/** Between two words on how far the index is, ms. */
const PROGRESS_MS = 100;

/** `code` of an error of ours, else EREAD. */
const codeOf = (e: unknown): string => (e instanceof Error && 'code' in e && typeof e.code === 'string' ? e.code : 'EREAD');

export function createReplayCore({ open, post, clock, defer }: ReplayCoreOptions): { handle(message: ToWorker): void } {
  const trouble = (message: string): void => post({ type: 'trouble', message }, []);
  let replay: Replay | null = null;
  let pictures: ReplayPictures | null = null;
  let scan: Scan | null = null;
  /** The newest view that was asked for; what a slower reading finds is for it or for nobody. */
  let newest: ViewRequest | null = null;
  let trace: OpenTrace | null = null;
  /** What the last overview was made of. */
  let overviewKey = '';

  const search = createSearch({
    post,
    clock,
    defer,
    more: () => {
      const feeding = scan;
      void feeding?.grow().then(() => {
        if (scan === feeding) search.goOn();
      });
    },
  });
  const searched: Searched = {
    finder: null,
    begin: (text) => new Finder(scan as Scan, text),
    get isEmpty() {
      return scan === null || scan.total === 0;
    },
    shownUpTo: (t, seq) => seq ?? builderOf()?.shownUpTo(t, null) ?? -1,
    placeOf: (found) => found,
  };

  const builderOf = (): PictureBuilder | null => {
    const builder = pictures?.builder ?? null;
    if (builder !== null) builder.finder = searched.finder;
    return builder;
  };

  const show = (request: ViewRequest): void => {
    const builder = builderOf();
    const picture = replay === null ? null : (builder?.build(request, replay.end) ?? null);
    // It changes with the index and with the group that is chosen.
    const key = `${replay?.progress} ${picture?.group?.key}`;
    if (picture !== null && picture.group !== null && key !== overviewKey) {
      overviewKey = key;
      post({ type: 'overview', overview: (builder as PictureBuilder).overview(picture) }, []);
    }
    post({ type: 'picture', picture }, picture === null ? [] : transferablesOf(picture));
    search.report();
  };

  const searchFromTheStart = ({ reader, told }: OpenTrace): void => {
    scan = new Scan(reader, BigInt(told.session.startNs));
    search.over(searched);
  };

  /** One after another; a failure is told and does not stop those behind it. */
  const inRow = createRow((why) => trouble(`This part of the trace can't be shown: ${why}`));

  /** Who names no moment gets the first window. */
  const placed = (request: ViewRequest): ViewRequest =>
    replay === null || request.cursor !== null ? request : { ...request, cursor: Math.min(replay.end, replay.oldest + request.span) };

  const view = (asked: ViewRequest): void => {
    newest = asked;
    inRow(async () => {
      const request = placed(asked);
      let isWhole = true;
      try {
        isWhole = (await replay?.prepare(request)) ?? true;
      } finally {
        // Whatever happens, the page waits for an answer.
        show(request);
      }
      if (isWhole) return;
      inRow(async () => {
        if (newest !== asked) return;
        await replay?.complete(request);
        if (newest === asked) show(request);
      });
    });
  };

  const next = (id: number, query: NextQuery): void => {
    inRow(async () => {
      post({ type: 'next', id, place: (await pictures?.next(query, newest as ViewRequest)) ?? null }, []);
    });
  };

  const makeIndex = async (opened: Replay): Promise<void> => {
    let toldAt = clock();
    const step = async (): Promise<void> => {
      const isMore = await opened.index();
      if (clock() - toldAt >= PROGRESS_MS || !isMore) {
        toldAt = clock();
        post({ type: 'progress', progress: opened.progress }, []);
      }
      if (isMore) defer(() => inRow(step));
    };
    if (opened.progress < 1) await step();
  };

  inRow(async () => {
    try {
      trace = await open();
      replay = await openReplay(trace.reader, BigInt(trace.told.session.startNs), trouble);
      pictures = new ReplayPictures(replay);
    } catch (e) {
      post({ type: 'failed', code: codeOf(e), message: sentenceOf(e) }, []);
      return;
    }
    post({ type: 'opened', trace: trace.told }, []);
    searchFromTheStart(trace);
    await makeIndex(replay);
  });

  return {
    handle(message) {
      switch (message.type) {
        case 'view':
          view(message.request);
          break;
        case 'next':
          if (message.query.what === 'hit') search.next(message.id, message.query);
          else next(message.id, message.query);
          break;
        case 'inspect': {
          const { id, query } = message;
          inRow(async () => {
            let inspection: Inspection | null = null;
            try {
              if (newest !== null) inspection = (await pictures?.inspect(query, newest, deadline(clock))) ?? null;
            } finally {
              post({ type: 'inspected', id, inspection }, []);
            }
          });
          break;
        }
        case 'find':
          search.find(message.text);
          // From the first event on, with every filter.
          if (trace !== null) searchFromTheStart(trace);
          break;
        default:
          // What is said of a live trace.
          break;
      }
    },
  };
}
