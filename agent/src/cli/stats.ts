/** `ringlens stats`: what the rings of a recorded trace did. */
import { Option } from 'commander';
import { BlockError, unpackBlock } from '../../../shared/codec/block.ts';
import { UserDataDictionary } from '../../../shared/codec/event-table.ts';
import { RingSummary } from '../../../shared/model/summary.ts';
import type { SourceStats } from '../../../shared/protocol/messages.ts';
import { TraceFileError } from '../../../shared/trace-file/errors.ts';
import type { TraceFile } from '../../../shared/trace-file/trace-file.ts';
import { type OpenFile, openTraceFile } from '../trace/open-file.ts';
import type { CliCommand, CliOutput } from './command.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { kernelTraceOf } from './kernel-trace.ts';
import { type StatsReport, statsAsTable } from './stats-report.ts';
import { tableWidth } from './table.ts';
import { inferredOf } from './trace-report.ts';

/** Of a recording that was cut off. */
const noStats: SourceStats = { events: 0, dropped: 0, kernelEvents: 0, kernelLost: 0, kernelLate: 0, workload: null };

/** Sums up every block that can be read; what can't is told in `trouble`. */
export async function summaryOf(trace: TraceFile, trouble: (sentence: string) => void): Promise<RingSummary> {
  const dictionary = new UserDataDictionary();
  const summary = new RingSummary(dictionary);
  const startNs = BigInt(trace.header.session.startNs);
  for (let part = 0; part < trace.parts.length; part++) {
    const guarded = async (work: () => unknown): Promise<void> => {
      try {
        await work();
      } catch (e) {
        if (!(e instanceof TraceFileError) && !(e instanceof BlockError)) throw e;
        trouble(e.message);
      }
    };
    await guarded(async () => {
      // A damaged block leaves those behind it as they are.
      for (const block of await trace.blocks(part)) await guarded(() => summary.add(unpackBlock(block, dictionary, startNs).table));
    });
  }
  return summary;
}

export async function reportOf(name: string, trace: TraceFile): Promise<StatsReport> {
  const trouble = [...trace.trouble];
  const summary = await summaryOf(trace, (sentence) => {
    if (!trouble.includes(sentence)) trouble.push(sentence);
  });
  const { session, ringlens, params } = trace.header;
  const json = summary.toJSON();
  const stats = trace.infos.reduce<SourceStats | null>((newest, info) => info.stats ?? newest, null);
  return {
    ringlens,
    kernel: session.kernel,
    file: name,
    source: session.source,
    target: session.target,
    params,
    recordedAt: new Date(session.startWallMs).toISOString(),
    complete: !trace.isCut,
    trouble,
    notes: trace.notes.length,
    kernelTrace: kernelTraceOf(session.capabilities, stats ?? noStats),
    inferred: session.source === 'live' ? [] : inferredOf(json),
    ...json,
  };
}

async function stats(path: string, json: boolean, output: CliOutput): Promise<number> {
  let file: OpenFile;
  try {
    file = await openTraceFile(path);
  } catch (e) {
    if (e instanceof TraceFileError) throw new CliError(ExitCode.failed, e.message);
    throw e;
  }
  try {
    const report = await reportOf(path === '-' ? 'standard input' : path, file.trace);
    output.out(json ? `${JSON.stringify(report, null, 2)}\n` : statsAsTable(report, tableWidth(process.env)));
    for (const sentence of report.trouble) output.err(`ringlens: ${sentence}\n`);
    return ExitCode.ok;
  } finally {
    await file.close();
  }
}

export const statsCommand: CliCommand = {
  name: 'stats',
  register(program, output, done) {
    program
      .command('stats')
      .description('Print what the rings of a recorded trace did.')
      .helpOption('-h, --help', 'print this help')
      .argument('<file>', 'the trace, or - for standard input')
      .addOption(new Option('--json', 'as JSON (docs/json.md)'))
      .action(async (path: string, { json = false }: { json?: true | false }) => done(await stats(path, json, output)));
  },
};
