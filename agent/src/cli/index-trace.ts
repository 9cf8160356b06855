/** `ringlens index`: adds to a recorded trace what it is opened with at once: seeds and the index of the whole. */
import { open } from 'node:fs/promises';
import { TraceIndexer } from '../../../shared/timeline/indexer.ts';
import { WholeIndex } from '../../../shared/timeline/view-record.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import type { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { TraceWriter } from '../../../shared/trace-file/writer.ts';
import { fileSink } from '../trace/files.ts';
import { openTraceFile } from '../trace/open-file.ts';
import { deflate } from '../trace/zlib.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';

/** It has an index, and this ringlens can read it. */
async function hasIndex(trace: TraceFile): Promise<boolean> {
  const view = await trace.view().catch(() => null);
  if (view === null) return false;
  try {
    return WholeIndex.read(view) !== null;
  } catch {
    return false;
  }
}

/** Appends the index to the file; false = it has one. What is there stays readable until the new end is whole. */
export async function indexTrace(path: string): Promise<boolean> {
  const { trace, close } = await openTraceFile(path);
  try {
    if (await hasIndex(trace)) return false;
    const indexer = new TraceIndexer(BigInt(trace.header.session.startNs));
    const file = await open(path, 'a');
    try {
      const writer = TraceWriter.append(trace, fileSink(file), deflate);
      writer.forgetKeyframes();
      for (let part = 0; part < trace.parts.length; part++) {
        const blocks = await trace.blocks(part).catch(() => []);
        for (const { number, t, bytes } of indexer.blocks(blocks)) await writer.keyframe(number, t, bytes);
      }
      await writer.view(indexer.finish());
      await writer.close(!trace.isCut);
    } finally {
      await file.close();
    }
    return true;
  } finally {
    await close();
  }
}

async function index(path: string, output: CliOutput): Promise<number> {
  try {
    const isNew = await indexTrace(path);
    output.err(isNew ? `${path} has an index now.\n` : `${path} has an index already.\n`);
    return ExitCode.ok;
  } catch (e) {
    if (e instanceof TraceFileError) throw new CliError(ExitCode.failed, e.message);
    throw new CliError(ExitCode.failed, `${path} can't be written: ${(e as Error).message}.`);
  }
}

export const indexCommand: CliCommand = {
  name: 'index',
  register(program, output, done) {
    program
      .command('index')
      .description('Add an index to a recorded trace, so that a long one opens at once (a recording does so by itself).')
      .helpOption('-h, --help', 'print this help')
      .argument('<file>', 'the trace')
      .action(async (path: string) => done(await index(path, output)));
  },
};
