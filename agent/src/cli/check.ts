/** `ringlens check`: what works on this machine, and what to type where it doesn't. */
import { version } from '../paths.ts';
import { thisMachine } from '../preflight/environment.ts';
import { probeTracing } from '../sources/tracing.ts';
import { probeFeatures } from '../sources/workload.ts';
import { checkAsText, checkMachine, textOptionsFor } from './check-report.ts';
import type { CliCommand } from './command.ts';
import { ExitCode } from './exit-codes.ts';

const epilogue = `
Nothing is changed. Each line: ok, note (weaker than it could be) or problem (no live workload), and what to type.

Exit codes: 0 a live workload runs here · 3 it does not: only recorded traces can be looked at`;

export const checkCommand: CliCommand = {
  name: 'check',
  register(program, output, done) {
    program
      .command('check')
      .description('Say what works on this machine, and what to type where it does not.')
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', epilogue)
      .option('--json', 'print it as JSON (docs/json.md)')
      .action(({ json = false }: { json?: true | false }) => {
        const result = checkMachine(thisMachine(probeFeatures, probeTracing), version);
        const text = json
          ? JSON.stringify(result.report, null, 2)
          : checkAsText(result, textOptionsFor(process.stdout, process.env)).trimEnd();
        output.out(`${text}\n`);
        done(result.report.live ? ExitCode.ok : ExitCode.unsupported);
      });
  },
};
