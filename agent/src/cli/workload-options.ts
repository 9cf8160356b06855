/** The workload's parameters as options: made from the table in shared/schema/workload-params.ts, one for each entry. */
import { type Command, Option } from 'commander';
import {
  checkParam,
  checkParams,
  type ParamName,
  type ParamSpec,
  type PresetName,
  paramNames,
  paramSpec,
  presetNames,
  presetParams,
  type WorkloadParams,
} from '../../../shared/schema/workload-params.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import { formatMicroseconds, parseBytes, parseCount, parseMicroseconds } from './units.ts';

export const DEFAULT_PRESET: PresetName = 'bursts';

/** messageMin and messageMax are one option. */
const MESSAGE_SIZE = '--message-size';
const isMessageSize = (name: ParamName) => name === 'messageMin' || name === 'messageMax';

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The option of a parameter: `--buffer-size`, or `--no-load` for what is on by default. */
export function flagOf(name: ParamName): string {
  if (isMessageSize(name)) return MESSAGE_SIZE;
  const spec = paramSpec(name);
  return spec.type === 'bool' && spec.default ? `--no-${kebab(name)}` : `--${kebab(name)}`;
}

const groups: readonly { title: string; names: readonly ParamName[] }[] = [
  { title: 'Buffer group:', names: ['buffers', 'bufferSize', 'bufferKind', 'incremental'] },
  { title: 'Receiving:', names: ['mode', 'op', 'transport', 'pollFirst', 'bundle', 'rearm', 'hold', 'app', 'reapRate'] },
  { title: 'Load:', names: ['connections', 'messageMin', 'rate', 'burst', 'seed', 'load', 'traffic', 'traceSends'] },
  { title: 'Ring:', names: ['sqEntries', 'cqEntries', 'coopTaskrun', 'singleIssuer', 'deferTaskrun', 'sqpoll', 'probe', 'kernel'] },
];
const groupOf = (name: ParamName) => groups.find(({ names }) => names.includes(name))?.title ?? 'Other:';
/** In the groups' order; a parameter that no group names comes last. */
const inHelpOrder = [...groups.flatMap(({ names }) => names), ...paramNames.filter((n) => !groups.some(({ names }) => names.includes(n)))];

const helpOf = (name: ParamName): string => {
  const { help } = paramSpec(name);
  if (name === 'load') return 'do not run the load generator; feed the port yourself';
  if (name === 'traffic') return 'connect and stay silent: what is sent is sent by hand';
  if (name === 'probe') return 'record no events: only to measure what the probe costs';
  return help;
};

function placeholder(spec: ParamSpec): string {
  if (spec.type !== 'int') return '<value>';
  return { B: '<bytes>', us: '<time>', 'msg/s': '<rate>', 'CQE/s': '<rate>', '': '<n>' }[spec.unit];
}

/** What the default preset has, as it would be typed. */
function defaultOf(name: ParamName): string {
  const params = presetParams(DEFAULT_PRESET);
  if (isMessageSize(name)) return `${params.messageMin}-${params.messageMax}`;
  const spec = paramSpec(name);
  return spec.type === 'int' && spec.unit === 'us' ? formatMicroseconds(params[name] as number) : `${params[name]}`;
}

function optionOf(name: ParamName): Option {
  const spec = paramSpec(name);
  const flag = flagOf(name);
  const byDefault = `(default: ${defaultOf(name)})`;
  if (isMessageSize(name)) return new Option(`${flag} <bytes>`, `size of a message: N, or MIN-MAX for sizes between ${byDefault}`);
  if (spec.type === 'bool') return new Option(flag, helpOf(name));
  const values = spec.type === 'enum' ? `: ${spec.values.join(', ')}` : '';
  return new Option(`${flag} ${placeholder(spec)}`, `${helpOf(name)}${values} ${byDefault}`);
}

/** Adds --preset and one option for each parameter. */
export function addWorkloadOptions(command: Command): void {
  command.addOption(
    new Option(
      '--preset <name>',
      `the shape to begin with: ${presetNames.join(', ')}; options change it (default: ${DEFAULT_PRESET}, which the defaults below are)`,
    ).helpGroup('Workload:'),
  );
  for (const name of inHelpOrder) {
    if (name !== 'messageMax') command.addOption(optionOf(name).helpGroup(groupOf(name)));
  }
}

/** Reads one typed value; what can't be read stays the text, and the check refuses it. */
function readValue(name: ParamName, text: unknown): unknown {
  const spec = paramSpec(name);
  if (spec.type !== 'int' || typeof text !== 'string') return text;
  const parse = spec.unit === 'us' ? parseMicroseconds : spec.unit === 'B' ? parseBytes : parseCount;
  return parse(text) ?? text;
}

/** "64" → both 64; "20-400" → 20 and 400. */
function readMessageSize(text: string): { messageMin: unknown; messageMax: unknown } {
  const [low = '', high = low, ...rest] = text.split('-');
  if (rest.length > 0 || low === '') return { messageMin: text, messageMax: text };
  return { messageMin: readValue('messageMin', low), messageMax: readValue('messageMax', high) };
}

/** "hold: …" → "--hold: …", also where other parameters are named, and times as they are typed. */
function asSentence(name: ParamName, message: string): string {
  const spec = paramSpec(name);
  let text = message.replace(new RegExp(`^${name}:`), `${flagOf(name)}:`).replace('messageMax ', '');
  for (const other of paramNames) {
    // Only names of two words can't be taken for a word of the sentence.
    if (other !== kebab(other)) text = text.replaceAll(new RegExp(`\\b${other}\\b`, 'g'), flagOf(other));
  }
  if (spec.type === 'int' && spec.unit === 'us') {
    text = text.replace(
      /a whole number from (\d+) to (\d+) us/,
      (_, low: string, high: string) =>
        `a time like 6ms or 500us, from ${formatMicroseconds(Number(low))} to ${formatMicroseconds(Number(high))}`,
    );
  }
  return text;
}

const refuse = (name: ParamName, message: string): never => {
  throw new CliError(ExitCode.usage, asSentence(name, message));
};

/** The parameters that the parsed options ask for. Throws CliError with one sentence for what does not fit. */
export function workloadParamsOf(options: Record<string, unknown>): WorkloadParams {
  const preset = (options.preset ?? DEFAULT_PRESET) as string;
  if (!presetNames.includes(preset as PresetName)) {
    throw new CliError(ExitCode.usage, `--preset: "${preset}" is not one of ${presetNames.join(', ')}.`);
  }
  const given: Partial<Record<ParamName, unknown>> = {};
  for (const name of paramNames) {
    if (!isMessageSize(name) && options[name] !== undefined) given[name] = readValue(name, options[name]);
  }
  if (typeof options.messageSize === 'string') Object.assign(given, readMessageSize(options.messageSize));
  for (const [name, value] of Object.entries(given) as [ParamName, unknown][]) {
    const problem = checkParam(name, value);
    if (problem !== undefined) refuse(name, problem.message);
  }
  const params = { ...presetParams(preset as PresetName), ...given } as WorkloadParams;
  const [problem] = checkParams(params);
  if (problem !== undefined) refuse(problem.path, problem.message);
  return params;
}
