/** All commands of ringlens. A new one is a file and a line here. */
import { attachCommand } from './attach.ts';
import { checkCommand } from './check.ts';
import type { CliCommand } from './command.ts';
import { exportCommand } from './export-trace.ts';
import { handoutCommand } from './handout.ts';
import { importCommand } from './import-text.ts';
import { indexCommand } from './index-trace.ts';
import { liveCommand } from './live.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { statsCommand } from './stats.ts';

export const commands: readonly CliCommand[] = [
  liveCommand,
  attachCommand,
  runCommand,
  replayCommand,
  statsCommand,
  exportCommand,
  importCommand,
  handoutCommand,
  indexCommand,
  checkCommand,
];
