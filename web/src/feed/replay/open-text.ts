/** A text of another tracer that was opened in the page: imported into memory, in the worker. */
import { importSession, importStats, importTrouble } from '../../../../shared/import/import-session.ts';
import { ImportError, type ImportStart, TextImport } from '../../../../shared/import/text-import.ts';
import type { ByteSource } from '../../../../shared/trace-file/bytes.ts';
import type { OpenTrace } from './replay-core.ts';
import { partOf, type TracePart } from './trace-reader.ts';

/** Read at a time. */
const PIECE_BYTES = 1024 * 1024;
/** Of blocks in a part, and of all that is kept: some ten million events. */
const PART_BYTES = 1024 * 1024;
const MOST_BYTES = 128 * 1024 * 1024;

interface Held extends TracePart {
  readonly blocks: Uint8Array[];
}

/** `wallMs`: when it was written, 0 = not known. Rejects with ImportError; ETOOLARGE = the page has no memory for it. */
export async function openText(source: ByteSource, wallMs: number): Promise<OpenTrace> {
  let start: ImportStart | undefined;
  const parts: Held[] = [];
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let bytes = 0;
  const cut = (): void => {
    if (waiting.length > 0) parts.push({ ...partOf(waiting, (start as ImportStart).startNs), blocks: waiting });
    waiting = [];
    waitingBytes = 0;
  };
  const text = new TextImport({
    begin: (told) => {
      start = told;
    },
    block: (block) => {
      waiting.push(block);
      waitingBytes += block.length;
      bytes += block.length;
      if (waitingBytes >= PART_BYTES) cut();
    },
  });
  for (let at = 0; at < source.size; at += PIECE_BYTES) {
    text.bytes(await source.read(at, PIECE_BYTES));
    if (bytes > MOST_BYTES)
      throw new ImportError('ETOOLARGE', 'This text is too long for the page: make a trace of it with "ringlens import", and open that.');
  }
  const report = text.end();
  cut();
  return {
    reader: {
      parts,
      keys: [],
      blocks: (part) => Promise.resolve((parts[part] as Held).blocks),
      keyframe: () => Promise.reject(new Error('An imported text has no stored keyframe.')),
      view: () => Promise.resolve(null),
    },
    told: {
      session: importSession(start as ImportStart, 'text', wallMs),
      version: '',
      params: null,
      stats: importStats(report),
      notes: [],
      events: report.events,
      end: report.length,
      complete: true,
      trouble: importTrouble(report),
    },
  };
}
