import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  checkParams,
  defaultParams,
  type ParamName,
  paramNames,
  paramSpec,
  presetNames,
  presetParams,
  type WorkloadParams,
} from '../../../shared/schema/workload-params.ts';
import { CliError } from './exit-codes.ts';
import { addWorkloadOptions, flagOf, workloadParamsOf } from './workload-options.ts';

function parse(...args: string[]): WorkloadParams {
  const command = new Command('live').exitOverride().configureOutput({ outputError: () => {} });
  addWorkloadOptions(command);
  return workloadParamsOf(command.parse(args, { from: 'user' }).opts());
}

/** The sentence that `args` get. */
function problem(...args: string[]): string {
  try {
    parse(...args);
  } catch (e) {
    if (e instanceof CliError) return e.message;
    throw e;
  }
  return '';
}

/** A value that is not the default, as typed, for each parameter; with what the rest must be for it to fit. */
const typed: Record<ParamName, { args: string[]; value: unknown }> = {
  connections: { args: ['--connections', '100'], value: 100 },
  buffers: { args: ['--buffers', '1k'], value: 1000 },
  bufferSize: { args: ['--buffer-size', '4KiB'], value: 4096 },
  messageMin: { args: ['--message-size', '10-20'], value: 10 },
  messageMax: { args: ['--message-size', '1k'], value: 1024 },
  rate: { args: ['--rate', '200k'], value: 200_000 },
  burst: { args: ['--burst', '7'], value: 7 },
  hold: { args: ['--hold', '1.5ms'], value: 1500 },
  mode: { args: ['--mode', 'single'], value: 'single' },
  op: { args: ['--op', 'recvmsg'], value: 'recvmsg' },
  bufferKind: { args: ['--buffer-kind', 'legacy'], value: 'legacy' },
  transport: { args: ['--transport', 'unix'], value: 'unix' },
  pollFirst: { args: ['--poll-first'], value: true },
  bundle: { args: ['--bundle'], value: true },
  incremental: { args: ['--incremental'], value: true },
  coopTaskrun: { args: ['--coop-taskrun'], value: true },
  singleIssuer: { args: ['--single-issuer'], value: true },
  deferTaskrun: { args: ['--defer-taskrun'], value: true },
  sqpoll: { args: ['--sqpoll'], value: true },
  sqEntries: { args: ['--sq-entries', '128'], value: 128 },
  cqEntries: { args: ['--cq-entries', '8192'], value: 8192 },
  rearm: { args: ['--rearm', 'never'], value: 'never' },
  app: { args: ['--app', 'echo'], value: 'echo' },
  load: { args: ['--no-load'], value: false },
  seed: { args: ['--seed', '4294967295'], value: 4294967295 },
  probe: { args: ['--no-probe'], value: false },
  traceSends: { args: ['--trace-sends'], value: true },
  kernel: { args: ['--kernel', 'arms'], value: 'arms' },
  traffic: { args: ['--no-traffic'], value: false },
  reapRate: { args: ['--reap-rate', '10'], value: 10 },
};
typed.buffers = { args: ['--buffers', '128'], value: 128 };

describe('workload options', () => {
  it('is the preset bursts when nothing is said', () => {
    expect(parse()).toEqual(presetParams('bursts'));
  });

  it.each(paramNames)('%s has an option that sets it and nothing else', (name) => {
    const { args, value } = typed[name];
    expect(args[0]).toBe(flagOf(name));
    const before = parse();
    const after = parse(...args);
    expect(after[name]).toBe(value);
    const touched = name === 'messageMin' || name === 'messageMax' ? ['messageMin', 'messageMax'] : [name];
    for (const other of paramNames) if (!touched.includes(other)) expect(after[other]).toBe(before[other]);
  });

  it.each(presetNames)('takes the preset %s, which options then change', (name) => {
    expect(parse('--preset', name)).toEqual(presetParams(name));
    expect(parse('--preset', name, '--seed', '9')).toEqual({ ...presetParams(name), seed: 9 });
  });

  it('reads times, sizes and counts as people type them', () => {
    const hold = (text: string) => parse('--hold', text).hold;
    expect(['0', '500us', '6ms', '1s'].map(hold)).toEqual([0, 500, 6000, 1_000_000]);
    expect(parse('--message-size', '64-1k')).toMatchObject({ messageMin: 64, messageMax: 1024 });
    expect(parse('--message-size', '80')).toMatchObject({ messageMin: 80, messageMax: 80 });
    expect(parse('--rate', '1.5M').rate).toBe(1_500_000);
  });

  it.each([
    [['--connections', '0'], '--connections: 0 is not a whole number from 1 to 1024.'],
    [['--connections', '-5'], '--connections: -5 is not a whole number from 1 to 1024.'],
    [['--connections', 'many'], '--connections: "many" is not a whole number from 1 to 1024.'],
    [['--connections', '1.5'], '--connections: 1.5 is not a whole number from 1 to 1024.'],
    [['--buffers', '48'], '--buffers: 48 is not a power of two from 1 to 32768.'],
    [['--hold', '6'], '--hold: "6" is not a time like 6ms or 500us, from 0 to 10s.'],
    [['--hold', '11s'], '--hold: 11000000 is not a time like 6ms or 500us, from 0 to 10s.'],
    [['--mode', 'multi'], '--mode: "multi" is not one of multishot, single.'],
    [['--preset', 'burst'], '--preset: "burst" is not one of bursts, steady, firehose, quiet.'],
    [['--message-size', '1-2-3'], '--message-size: "1-2-3" is not a whole number from 1 to 1048576 B.'],
    [['--message-size', '400-20'], '--message-size: 400 is more than 20; lower one or raise the other.'],
    [['--message-size', ''], '--message-size: "" is not a whole number from 1 to 1048576 B.'],
    [['--seed', '4294967296'], '--seed: 4294967296 is not a whole number from 0 to 4294967295.'],
    [['--incremental', '--buffer-kind', 'legacy'], '--incremental: IOU_PBUF_RING_INC needs --buffer-kind ring.'],
    [['--sq-entries', '4096', '--cq-entries', '64'], '--cq-entries: 64 is less than --sq-entries 4096; the CQ must be at least as large.'],
  ])('refuses %j with one sentence', (args, sentence) => {
    expect(problem(...args)).toBe(sentence);
  });

  it('refuses what is one below and one above the range of every number', () => {
    for (const name of paramNames) {
      const spec = paramSpec(name);
      if (spec.type !== 'int') continue;
      const unit = spec.unit === 'us' ? 'us' : '';
      for (const value of [spec.min - 1, spec.max + 1]) {
        expect(problem(flagOf(name), `${value}${unit}`), `${name} ${value}`).toMatch(new RegExp(`^${flagOf(name)}: .*${spec.min}.*\\.$`));
      }
    }
  });

  it('has defaults and presets that fit', () => {
    for (const params of [defaultParams, ...presetNames.map(presetParams)]) expect(checkParams(params)).toEqual([]);
  });
});
