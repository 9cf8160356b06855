/** Makes a trace of another tracer's text: reads it in pieces, writes blocks, seeds and index as they come. */
import { randomUUID } from 'node:crypto';
import { importSession, importStats } from '../../../shared/import/import-session.ts';
import { type ImportReport, type ImportStart, TextImport } from '../../../shared/import/text-import.ts';
import { TraceIndexer } from '../../../shared/timeline/indexer.ts';
import type { TraceSink } from '../../../shared/trace-file/bytes.ts';
import { eventSchema } from '../../../shared/trace-file/content.ts';
import { TraceWriter } from '../../../shared/trace-file/writer.ts';
import { version } from '../paths.ts';
import { deflate } from './zlib.ts';

/** Of blocks, before they are deflated. */
const PART_BYTES = 1024 * 1024;

export interface Imported {
  report: ImportReport;
  format: string;
}

/**
 * `sink` is asked for when the first events have been read: of a text that is none nothing is written. `wallMs`: when the text
 * was written. Rejects with ImportError, or with what reading and writing say.
 */
export async function importText(input: AsyncIterable<Uint8Array>, sink: () => Promise<TraceSink>, wallMs: number): Promise<Imported> {
  let start: ImportStart | null = null;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writer: TraceWriter | null = null;
  let indexer: TraceIndexer | null = null;
  const text = new TextImport({
    begin: (told) => {
      start = told;
    },
    block: (bytes) => {
      waiting.push(bytes);
      waitingBytes += bytes.length;
    },
  });
  const write = async (least: number): Promise<void> => {
    if (start === null || waitingBytes < least) return;
    writer ??= await TraceWriter.create(await sink(), deflate, {
      ringlens: version,
      clock: "the text's",
      session: importSession(start, randomUUID(), wallMs),
      params: null,
      schema: eventSchema(),
    });
    indexer ??= new TraceIndexer((start as ImportStart).startNs);
    await writer.blocks(waiting);
    for (const { number, t, bytes } of indexer.blocks(waiting)) await writer.keyframe(number, t, bytes);
    waiting = [];
    waitingBytes = 0;
  };
  for await (const bytes of input) {
    text.bytes(bytes);
    await write(PART_BYTES);
  }
  const report = text.end();
  await write(0);
  await finish(writer as unknown as TraceWriter, indexer as unknown as TraceIndexer, report);
  return { report, format: (start as unknown as ImportStart).format };
}

async function finish(writer: TraceWriter, indexer: TraceIndexer, report: ImportReport): Promise<void> {
  await writer.info({ stats: importStats(report), ended: { code: 'ok', message: 'The text was read to its end.' } });
  await writer.view(indexer.finish());
  await writer.close();
}
