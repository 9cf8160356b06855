/** `ringlens export`: a recorded trace for other viewers and for scripts. */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { Option } from 'commander';
import { BlockError, unpackBlock } from '../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { Export } from '../../../shared/export/export.ts';
import { type ExportFormat, exporters, exportFormats } from '../../../shared/export/registry.ts';
import { RingModel } from '../../../shared/model/ring-model.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import type { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { openTraceFile } from '../trace/open-file.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { outputError } from './output-error.ts';
import { writeAll } from './streams.ts';

/** Written at a time. */
const PIECE_BYTES = 64 * 1024;

/** Collects pieces, and hands them on when there are enough of them. */
class Collector {
  #pieces: (string | Uint8Array)[] = [];
  #bytes = 0;

  constructor(private readonly out: Writable) {}

  readonly write = (piece: string | Uint8Array): void => {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  };

  async flush(least = 0): Promise<void> {
    if (this.#bytes === 0 || this.#bytes < least) return;
    const bytes = Buffer.concat(this.#pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
    this.#pieces = [];
    this.#bytes = 0;
    await new Promise<void>((resolve, reject) => this.out.write(bytes, (e) => (e ? reject(e) : resolve())));
  }
}

/** Writes all that can be read of the trace; resolves with the number of events. */
export async function exportTrace(trace: TraceFile, to: ExportFormat, out: Writable, trouble: (sentence: string) => void): Promise<number> {
  const dictionary = new UserDataDictionary();
  const { session } = trace.header;
  const collector = new Collector(out);
  const run = new Export(exporters[to](), new RingModel(dictionary), session, collector.write);
  for (let part = 0; part < trace.parts.length; part++) {
    const blocks = await trace.blocks(part).catch((e: unknown) => {
      trouble((e as Error).message);
      return [];
    });
    for (const block of blocks) {
      try {
        run.add(unpackBlock(block, dictionary, BigInt(session.startNs)).table);
      } catch (e) {
        if (!(e instanceof BlockError)) throw e;
        trouble(e.message);
      }
      await collector.flush(PIECE_BYTES);
    }
  }
  run.end();
  await collector.flush();
  return run.events;
}

const stdout = (): Writable =>
  new Writable({
    write(data: Buffer, _, done) {
      done(writeAll(1, data) ?? null);
    },
  });

async function fileOut(path: string, force: boolean): Promise<Writable> {
  try {
    const file = await open(path, force ? 'w' : 'wx');
    return createWriteStream('', { fd: file });
  } catch (e) {
    throw outputError(path, e);
  }
}

interface ExportFlags {
  to: ExportFormat;
  output: string;
  force?: true;
}

async function run(path: string, { to, output: target, force }: ExportFlags, output: CliOutput): Promise<number> {
  const { trace, close } = await openTraceFile(path).catch((e: unknown) => {
    throw e instanceof TraceFileError ? new CliError(ExitCode.failed, e.message) : e;
  });
  try {
    const out = target === '-' ? stdout() : await fileOut(target, force === true);
    const told = new Set<string>(trace.trouble);
    try {
      const events = await exportTrace(trace, to, out, (sentence) => told.add(sentence));
      await new Promise<void>((resolve, reject) => out.end((e?: Error | null) => (e ? reject(e) : resolve())));
      for (const sentence of told) output.err(`ringlens: ${sentence}\n`);
      if (target !== '-') output.err(`${target}: ${events} events.\n`);
      return ExitCode.ok;
    } catch (e) {
      throw new CliError(ExitCode.failed, `${target === '-' ? 'Standard output' : target} can't be written: ${(e as Error).message}.`);
    }
  } finally {
    await close();
  }
}

export const exportCommand: CliCommand = {
  name: 'export',
  register(program, output, done) {
    program
      .command('export')
      .description('Write a recorded trace for other viewers (Perfetto, chrome://tracing) or for scripts (NDJSON, CSV).')
      .helpOption('-h, --help', 'print this help')
      .argument('<file>', 'the trace, or - for standard input')
      .addOption(new Option('--to <form>', 'what is written').choices(exportFormats).makeOptionMandatory())
      .addOption(new Option('-o, --output <file>', 'where it goes; - for standard output').default('-'))
      .addOption(new Option('--force', 'write over the file if it exists'))
      .action(async (path: string, flags: ExportFlags) => done(await run(path, flags, output)));
  },
};
