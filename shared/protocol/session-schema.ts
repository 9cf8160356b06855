/** Checks what a file says of the session that it was recorded in. Fields that this version does not know are kept. */
import * as v from 'valibot';
import { defaultParams, type ParamName, paramNames, type WorkloadParams } from '../schema/workload-params.ts';
import type { SessionInfo, SourceStats } from './messages.ts';

const decimal = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
const count = v.pipe(v.number(), v.finite());

const capabilities = v.looseObject({
  probe: v.boolean(),
  kernel: v.boolean(),
  kernelBackend: v.string(),
  kernelScope: v.picklist(['all', 'arms', 'off']),
  kernelMissing: v.string(),
  kernelNotes: v.array(v.string()),
});

const features = v.looseObject({
  multishotRecv: v.boolean(),
  bufRing: v.boolean(),
  bundle: v.boolean(),
  incremental: v.boolean(),
  coopTaskrun: v.boolean(),
  singleIssuer: v.boolean(),
  deferTaskrun: v.boolean(),
  sqpoll: v.boolean(),
});

export const sessionSchema: v.GenericSchema<unknown, SessionInfo> = v.looseObject({
  id: v.string(),
  source: v.picklist(['live', 'attach', 'run', 'import']),
  kernel: v.string(),
  pid: count,
  target: v.nullable(v.looseObject({ pid: count, name: v.string(), command: v.array(v.string()) })),
  listen: v.string(),
  startNs: decimal,
  startWallMs: count,
  capabilities,
  features: v.nullable(features),
});

/** Parameters that came after the first traces were recorded. */
const laterParams: readonly ParamName[] = ['traffic', 'reapRate'];

/**
 * Every parameter that there is has some value; what it may be is the workload's business, and none runs here. A file that
 * knows nothing of a later one was recorded with what is its default now.
 */
export const paramsSchema: v.GenericSchema<unknown, WorkloadParams> = v.pipe(
  v.custom<WorkloadParams>(
    (value) => typeof value === 'object' && value !== null && paramNames.every((name) => name in value || laterParams.includes(name)),
    'expected the parameters of a workload',
  ),
  v.transform((value) => ({ ...defaultParams, ...value })),
);

export const statsSchema: v.GenericSchema<unknown, SourceStats> = v.looseObject({
  events: count,
  dropped: count,
  kernelEvents: count,
  kernelLost: count,
  kernelLate: count,
  workload: v.nullable(
    v.looseObject({
      bytesSent: count,
      messagesSent: count,
      bytesReceived: count,
      cqes: count,
      submits: count,
      reactorCpuNs: count,
      connections: count,
    }),
  ),
});
