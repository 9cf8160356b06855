/** `ringlens import`: a trace of what perf, trace-cmd or tracefs wrote as text. Needs no ring, and no Linux. */
import { createReadStream, statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Option } from 'commander';
import { counted, importTrouble } from '../../../shared/import/import-session.ts';
import { ImportError, type ImportReport } from '../../../shared/import/text-import.ts';
import type { TraceSink } from '../../../shared/trace-file/bytes.ts';
import { fileSink } from '../trace/files.ts';
import { importText } from '../trace/import-text.ts';
import { readSentence } from '../trace/open-file.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { outputError } from './output-error.ts';
import { writeAll } from './streams.ts';

interface ImportFlags {
  output?: string;
  force?: true;
  json?: true;
}

/** Where the trace goes, once there is something to write. */
interface Target {
  name: string;
  sink(): Promise<TraceSink>;
  /** A file that was begun and has no end is taken away. */
  close(done: boolean): Promise<void>;
}

const toStdout: Target = {
  name: 'standard output',
  async sink() {
    return {
      async write(bytes) {
        const error = writeAll(1, bytes);
        if (error !== undefined) throw error;
      },
    };
  },
  async close() {},
};

function toFile(path: string, force: boolean): Target {
  let file: Awaited<ReturnType<typeof open>> | undefined;
  return {
    name: path,
    async sink() {
      try {
        file = await open(path, force ? 'w' : 'wx');
      } catch (e) {
        throw outputError(path, e, 'another name with -o');
      }
      return fileSink(file);
    },
    async close(done) {
      await file?.close();
      if (!done && file !== undefined) await rm(path, { force: true });
    },
  };
}

/** The input's name, with our extension in the place of its own. */
const traceName = (path: string): string => `${extname(path) === '' ? path : path.slice(0, -extname(path).length)}.ringlens`;

function words(name: string, format: string, report: ImportReport): string {
  const { rows, events, rings, others, unreadable } = report;
  const out = [
    `${name}: ${counted(events, 'event', 'events')} of ${counted(rings, 'ring', 'rings')}, from ${counted(rows, 'line', 'lines')} of ${format}.`,
  ];
  if (others > 0) out.push(`${counted(others, 'line is', 'lines are')} of other tracepoints.`);
  out.push(...importTrouble(report));
  for (const { line, text } of unreadable.examples) out.push(`  line ${line}: ${text}`);
  return `${out.join('\n')}\n`;
}

async function run(path: string, { output: wanted, force, json }: ImportFlags, output: CliOutput): Promise<number> {
  const to = wanted ?? (path === '-' ? '-' : traceName(path));
  if (json === true && to === '-')
    throw new CliError(ExitCode.usage, 'With --json the report goes to standard output: name a file for the trace with -o.');
  const target = to === '-' ? toStdout : toFile(to, force === true);
  let done = false;
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    const wallMs = path === '-' ? Date.now() : (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    const { report, format } = await importText(input, () => target.sink(), Math.round(wallMs));
    done = true;
    if (json === true) output.out(`${JSON.stringify({ file: to, format, ...report })}\n`);
    else output.err(words(target.name, format, report));
    return ExitCode.ok;
  } catch (e) {
    if (e instanceof CliError) throw e;
    if (e instanceof ImportError) throw new CliError(ExitCode.failed, `${path === '-' ? 'Standard input' : path}: ${e.message}`);
    const error = e as NodeJS.ErrnoException;
    if (error.syscall === 'open' || error.syscall === 'read') throw new CliError(ExitCode.failed, readSentence(path, error, 'a text'));
    throw outputError(target.name, error);
  } finally {
    await target.close(done);
  }
}

export const importCommand: CliCommand = {
  name: 'import',
  register(program, output, done) {
    program
      .command('import')
      .description('Make a trace of the text of perf script, trace-cmd report or tracefs, on any system.')
      .helpOption('-h, --help', 'print this help')
      .argument('<file>', 'the text, or - for standard input')
      .addOption(new Option('-o, --output <file>', 'where the trace goes; - for standard output (default: beside the text)'))
      .addOption(new Option('--force', 'write over the file if it exists'))
      .addOption(new Option('--json', 'the report as JSON'))
      .action(async (path: string, flags: ImportFlags) => done(await run(path, flags, output)));
  },
};
