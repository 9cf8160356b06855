/** `ringlens replay`: shows a recorded trace in the browser. Needs no ring, and no Linux. */
import { basename } from 'node:path';
import { Option } from 'commander';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import { TraceRoute } from '../server/trace-route.ts';
import { openTraceFile } from '../trace/open-file.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { addOptions } from './option-groups.ts';
import { type PageOptions, portOf } from './run-options.ts';
import { listenFor, openInBrowser } from './serve.ts';
import { Shutdown } from './shutdown.ts';

interface ReplayFlags {
  port: string;
  host: string;
  open?: true;
}

/** Reads the trace once before the page does: what is wrong is said here. Gives what can't be read of it, a sentence each. */
async function looked(path: string): Promise<readonly string[]> {
  const { trace, close } = await openTraceFile(path).catch((e: unknown) => {
    throw e instanceof TraceFileError ? new CliError(ExitCode.failed, e.message) : e;
  });
  await close();
  return trace.trouble;
}

async function replay(path: string | undefined, page: PageOptions, output: CliOutput): Promise<number> {
  const shutdown = new Shutdown();
  try {
    const trouble = path === undefined ? [] : await looked(path);
    const server = await listenFor(path === undefined ? {} : { trace: new TraceRoute(path) }, page);
    try {
      const url = `${server.url}?trace=${path === undefined ? '' : `trace&name=${encodeURIComponent(basename(path))}`}`;
      for (const sentence of trouble) output.err(`ringlens: ${sentence}\n`);
      output.out(`Ringlens replays ${path ?? 'what is dropped on its page'}: ${url}\nCtrl-C ends it.\n`);
      if (page.open) openInBrowser(url, output);
      const signal = await shutdown.requested;
      return signal === 'SIGINT' ? ExitCode.ok : ExitCode.terminated;
    } finally {
      await server.close();
    }
  } finally {
    shutdown.dispose();
  }
}

export const replayCommand: CliCommand = {
  name: 'replay',
  register(program, output, done) {
    const command = program
      .command('replay')
      .description('Show a recorded trace in the browser, on any system.')
      .helpOption('-h, --help', 'print this help')
      .argument('[file]', 'the trace (.ringlens); without one the page asks for it');
    addOptions(
      command,
      'Page:',
      new Option('--port <port>', 'port of the page, 0 = any free one').default('7117'),
      new Option('--host <address>', 'address that the page is served on').default('127.0.0.1'),
      new Option('--open', 'open the page in the browser'),
    );
    command.action(async (path: string | undefined, { port, host, open }: ReplayFlags) =>
      done(await replay(path, { port: portOf('--port', port), host, open: open === true }, output)),
    );
  },
};
