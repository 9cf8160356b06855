/** How the page offers the workload's parameters: names for people, scales, and what the running kernel refuses. Pure. */
import type { RingFeatures } from '../../../shared/protocol/messages.ts';
import { type ParamName, paramSpec, type WorkloadParams, workloadParams } from '../../../shared/schema/workload-params.ts';
import { formatParam } from './format.ts';
import { type SliderScale, scaleFor } from './slider-scale.ts';

export type NumberName = { [K in ParamName]: WorkloadParams[K] extends number ? K : never }[ParamName];
export type SwitchName = { [K in ParamName]: WorkloadParams[K] extends boolean ? K : never }[ParamName];
export type ChoiceName = 'op' | 'bufferKind' | 'transport' | 'rearm' | 'app' | 'kernel';

export interface NumberControl {
  name: NumberName;
  label: string;
  scale: SliderScale;
}

/** The sliders that are always in sight, in their order; the range of message sizes stands between. */
export const mainSliders: readonly NumberControl[] = [
  { name: 'connections', label: 'Connections', scale: scaleFor(workloadParams.connections) },
  { name: 'buffers', label: 'Buffers in group', scale: scaleFor(workloadParams.buffers) },
  { name: 'bufferSize', label: 'Buffer size', scale: scaleFor(workloadParams.bufferSize, 'powers') },
  { name: 'rate', label: 'Rate', scale: scaleFor(workloadParams.rate, 'zeroLast') },
  { name: 'hold', label: 'Give-back delay', scale: scaleFor(workloadParams.hold, 'zeroFirst') },
];
export const messageScale = scaleFor(workloadParams.messageMax);

export const moreSliders: readonly NumberControl[] = [
  { name: 'reapRate', label: 'Slow motion', scale: scaleFor(workloadParams.reapRate, 'zeroLast') },
  { name: 'burst', label: 'Burst', scale: scaleFor(workloadParams.burst) },
  { name: 'sqEntries', label: 'SQ entries', scale: scaleFor(workloadParams.sqEntries) },
  { name: 'cqEntries', label: 'CQ entries', scale: scaleFor(workloadParams.cqEntries) },
];

export interface ChoiceControl {
  name: ChoiceName;
  label: string;
  texts: Readonly<Record<string, string>>;
}
export const choices: readonly ChoiceControl[] = [
  { name: 'op', label: 'Operation', texts: { recv: 'recv', recvmsg: 'recvmsg' } },
  { name: 'bufferKind', label: 'Buffers', texts: { ring: 'Ring-mapped', legacy: 'Legacy' } },
  { name: 'transport', label: 'Transport', texts: { tcp: 'TCP', udp: 'UDP', unix: 'Unix' } },
  { name: 'rearm', label: 'Re-arm', texts: { now: 'At once', 'when-free': 'When free', never: 'Never' } },
  { name: 'app', label: 'Application', texts: { sink: 'Sink', echo: 'Echo' } },
  { name: 'kernel', label: 'Kernel tracepoints', texts: { all: 'All', arms: 'Arms', off: 'Off' } },
];

export interface SwitchControl {
  name: SwitchName;
  label: string;
}
export const switches: readonly SwitchControl[] = [
  { name: 'pollFirst', label: 'Poll first' },
  { name: 'bundle', label: 'Bundle' },
  { name: 'incremental', label: 'Incremental buffers' },
  { name: 'coopTaskrun', label: 'COOP_TASKRUN' },
  { name: 'singleIssuer', label: 'SINGLE_ISSUER' },
  { name: 'deferTaskrun', label: 'DEFER_TASKRUN' },
  { name: 'sqpoll', label: 'SQPOLL' },
  { name: 'load', label: 'Load generator' },
  { name: 'traffic', label: 'Sends by itself' },
  { name: 'traceSends', label: 'Record sends' },
];

export const helpOf = (name: ParamName): string => {
  const { help } = workloadParams[name];
  return help.charAt(0).toUpperCase() + help.slice(1);
};
export const makesRingAnew = (name: ParamName): boolean => paramSpec(name).change === 'ring';

export function formatValue(name: NumberName, value: number): string {
  const spec = paramSpec(name);
  return spec.type === 'int' ? formatParam(value, spec.unit) : String(value);
}

type Need = [feature: keyof RingFeatures, what: string];
const needs: Partial<Record<string, Need>> = {
  'mode=multishot': ['multishotRecv', 'multishot recv'],
  'bufferKind=ring': ['bufRing', 'ring-mapped buffers'],
  'bundle=true': ['bundle', 'receive bundles'],
  'incremental=true': ['incremental', 'incremental buffers'],
  'coopTaskrun=true': ['coopTaskrun', 'IORING_SETUP_COOP_TASKRUN'],
  'singleIssuer=true': ['singleIssuer', 'IORING_SETUP_SINGLE_ISSUER'],
  'deferTaskrun=true': ['deferTaskrun', 'IORING_SETUP_DEFER_TASKRUN'],
  'sqpoll=true': ['sqpoll', 'IORING_SETUP_SQPOLL'],
};

/** Why this kernel can't do it; empty = it can, or nobody asked yet. */
export function refusedBy(features: RingFeatures | null, name: ParamName, value: string | boolean): string {
  const need = needs[`${name}=${value}`];
  if (!features || !need || features[need[0]]) return '';
  return `This kernel, when asked, has no ${need[1]}.`;
}
