/** `ringlens handout`: one HTML file with the page and the trace inside, which opens by a double click anywhere. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Option } from 'commander';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import { packageRoot } from '../paths.ts';
import { openTraceFile } from '../trace/open-file.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { outputError } from './output-error.ts';

const SITE = `${packageRoot}dist/site/index.html`;
/** Browsers open files of this size with some patience; a longer trace is better replayed. */
const MOST_BYTES = 200 * 1024 * 1024;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The page with the trace in an element that is no program: its text is base64, and never has a "<" in it. */
export function handoutOf(site: string, trace: Uint8Array, name: string): string {
  const at = site.lastIndexOf('</body>');
  if (at < 0) throw new Error('the page has no end of its body');
  const base64 = Buffer.from(trace.buffer, trace.byteOffset, trace.length).toString('base64');
  const element = `<script type="application/octet-stream" id="ringlens-trace" data-name="${escaped(name)}">${base64}</script>`;
  // Before the program: it looks for the trace when it starts.
  const root = site.indexOf('<div id="root">');
  return root < 0 ? `${site.slice(0, at)}${element}${site.slice(at)}` : `${site.slice(0, root)}${element}${site.slice(root)}`;
}

interface HandoutFlags {
  output: string;
  force?: true;
}

async function handout(path: string, { output: out, force }: HandoutFlags, output: CliOutput): Promise<number> {
  const site = await readFile(SITE, 'utf8').catch(() => {
    throw new CliError(ExitCode.failed, 'The page has not been built as one file; type: npm run build:site');
  });
  // Opened once here, so that what is wrong with it is said now and not to the class.
  const { trace, close } = await openTraceFile(path).catch((e: unknown) => {
    throw e instanceof TraceFileError ? new CliError(ExitCode.failed, e.message) : e;
  });
  try {
    const { size } = trace.source;
    if (size > MOST_BYTES)
      throw new CliError(
        ExitCode.failed,
        `${path} has ${size} bytes, more than a handout of ${MOST_BYTES} holds; show it with "ringlens replay".`,
      );
    const html = handoutOf(site, await trace.source.read(0, size), path === '-' ? 'trace' : basename(path));
    try {
      await writeFile(out, html, { flag: force === true ? 'w' : 'wx' });
    } catch (e) {
      throw outputError(out, e);
    }
    for (const sentence of trace.trouble) output.err(`ringlens: ${sentence}\n`);
    output.err(`${out}: ${html.length} bytes, opens by a double click.\n`);
    return ExitCode.ok;
  } finally {
    await close();
  }
}

export const handoutCommand: CliCommand = {
  name: 'handout',
  register(program, output, done) {
    program
      .command('handout')
      .description('Make one HTML file with the viewer and a trace inside, for people without ringlens.')
      .helpOption('-h, --help', 'print this help')
      .argument('<file>', 'the trace, or - for standard input')
      .addOption(new Option('-o, --output <file>', 'the HTML file').makeOptionMandatory())
      .addOption(new Option('--force', 'write over the HTML file if it exists'))
      .action(async (path: string, flags: HandoutFlags) => done(await handout(path, flags, output)));
  },
};
