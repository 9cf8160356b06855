/**
 * Every parameter of the own workload, once: the CLI's options, the message validator, the page's controls and the C++
 * struct (native/src/workload/workload_params.generated.h) all come from this table. The order is part of the trace
 * format (`setting.a` is an index into it): append, never reorder.
 */

interface Common {
  /** One line for `--help` and the page. */
  readonly help: string;
  /** What a change does to a running workload: `live` = at once, `ring` = the ring and its connections are made anew. */
  readonly change: 'live' | 'ring';
}
export interface IntParam extends Common {
  readonly type: 'int';
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** Unit as shown to people; `us` values are given on the command line as durations (6ms). */
  readonly unit: '' | 'B' | 'us' | 'msg/s' | 'CQE/s';
  readonly powerOfTwo?: boolean;
}
export interface BoolParam extends Common {
  readonly type: 'bool';
  readonly default: boolean;
}
export interface EnumParam extends Common {
  readonly type: 'enum';
  readonly values: readonly string[];
  readonly default: string;
}
export type ParamSpec = IntParam | BoolParam | EnumParam;

export const workloadParams = {
  connections: { type: 'int', min: 1, max: 1024, default: 6, unit: '', change: 'live', help: 'connections that the load generator opens' },
  buffers: { type: 'int', min: 1, max: 32768, default: 32, unit: '', powerOfTwo: true, change: 'ring', help: 'buffers in the group' },
  bufferSize: { type: 'int', min: 16, max: 1048576, default: 64, unit: 'B', change: 'ring', help: 'size of each buffer' },
  messageMin: { type: 'int', min: 1, max: 1048576, default: 20, unit: 'B', change: 'live', help: 'smallest message' },
  messageMax: { type: 'int', min: 1, max: 1048576, default: 400, unit: 'B', change: 'live', help: 'largest message' },
  rate: {
    type: 'int',
    min: 0,
    max: 10000000,
    default: 1500,
    unit: 'msg/s',
    change: 'live',
    help: 'messages a second over all connections, 0 = as fast as possible',
  },
  burst: {
    type: 'int',
    min: 1,
    max: 10000,
    default: 1,
    unit: '',
    change: 'live',
    help: 'messages that are sent back to back; the pause after them keeps the rate',
  },
  hold: {
    type: 'int',
    min: 0,
    max: 10000000,
    default: 6000,
    unit: 'us',
    change: 'live',
    help: 'how long the application holds a buffer before it gives it back',
  },
  mode: {
    type: 'enum',
    values: ['multishot', 'single'],
    default: 'multishot',
    change: 'ring',
    help: 'one recv that stays armed, or one recv submitted for every completion',
  },
  op: { type: 'enum', values: ['recv', 'recvmsg'], default: 'recv', change: 'ring', help: 'IORING_OP_RECV or IORING_OP_RECVMSG' },
  bufferKind: {
    type: 'enum',
    values: ['ring', 'legacy'],
    default: 'ring',
    change: 'ring',
    help: 'IORING_REGISTER_PBUF_RING or IORING_OP_PROVIDE_BUFFERS',
  },
  transport: { type: 'enum', values: ['tcp', 'udp', 'unix'], default: 'tcp', change: 'ring', help: 'kind of socket' },
  pollFirst: {
    type: 'bool',
    default: false,
    change: 'ring',
    help: 'IORING_RECVSEND_POLL_FIRST: no receive attempt before the poll is armed',
  },
  bundle: { type: 'bool', default: false, change: 'ring', help: 'IORING_RECVSEND_BUNDLE: one CQE for several buffers' },
  incremental: { type: 'bool', default: false, change: 'ring', help: 'IOU_PBUF_RING_INC: a buffer is consumed piece by piece' },
  coopTaskrun: { type: 'bool', default: false, change: 'ring', help: 'IORING_SETUP_COOP_TASKRUN' },
  singleIssuer: { type: 'bool', default: false, change: 'ring', help: 'IORING_SETUP_SINGLE_ISSUER' },
  deferTaskrun: { type: 'bool', default: false, change: 'ring', help: 'IORING_SETUP_DEFER_TASKRUN (turns SINGLE_ISSUER on)' },
  sqpoll: { type: 'bool', default: false, change: 'ring', help: 'IORING_SETUP_SQPOLL' },
  sqEntries: { type: 'int', min: 1, max: 4096, default: 64, unit: '', powerOfTwo: true, change: 'ring', help: 'SQ entries' },
  cqEntries: { type: 'int', min: 2, max: 65536, default: 4096, unit: '', powerOfTwo: true, change: 'ring', help: 'CQ entries' },
  rearm: {
    type: 'enum',
    values: ['now', 'when-free', 'never'],
    default: 'when-free',
    change: 'live',
    help: 'when to submit again after a termination',
  },
  app: { type: 'enum', values: ['sink', 'echo'], default: 'sink', change: 'live', help: 'drop what arrives, or send it back' },
  load: { type: 'bool', default: true, change: 'live', help: 'run the load generator' },
  seed: {
    type: 'int',
    min: 0,
    max: 4294967295,
    default: 1,
    unit: '',
    change: 'live',
    help: 'seed of message sizes and of the choice of connection',
  },
  probe: { type: 'bool', default: true, change: 'ring', help: 'record events; off only to measure what the probe costs' },
  traceSends: { type: 'bool', default: false, change: 'live', help: 'record every message that the load generator sends' },
  kernel: {
    type: 'enum',
    values: ['all', 'arms', 'off'],
    default: 'all',
    change: 'ring',
    help: 'read the tracepoints of the kernel too: all of them, only submits, poll arms and overflows, or none',
  },
  traffic: {
    type: 'bool',
    default: true,
    change: 'live',
    help: 'the load generator sends by itself; off: its connections stay open and silent',
  },
  reapRate: {
    type: 'int',
    min: 0,
    max: 10000,
    default: 0,
    unit: 'CQE/s',
    change: 'live',
    help: 'slow motion: recv CQEs that the application reaps a second at most, 0 = all that come',
  },
} as const satisfies Record<string, ParamSpec>;

export type ParamName = keyof typeof workloadParams;
type ValueOf<S> = S extends { type: 'int' }
  ? number
  : S extends { type: 'bool' }
    ? boolean
    : S extends { type: 'enum'; values: readonly (infer V)[] }
      ? V
      : never;
/** A complete set of parameter values. */
export type WorkloadParams = { -readonly [K in ParamName]: ValueOf<(typeof workloadParams)[K]> };

export const paramNames = Object.keys(workloadParams) as ParamName[];
export const paramSpec = (name: ParamName): ParamSpec => workloadParams[name];

export const defaultParams = Object.fromEntries(paramNames.map((n) => [n, workloadParams[n].default])) as WorkloadParams;

/** The usual shapes. A preset is the defaults plus these. */
export const presets = {
  bursts: {
    title: 'Bursts, slow app',
    doc: 'Bursts larger than the group can take while the application holds each buffer: the group runs dry, ENOBUFS ends requests, they are armed again.',
    params: { connections: 6, buffers: 32, bufferSize: 64, messageMin: 20, messageMax: 400, rate: 950, burst: 3, hold: 6000 },
  },
  steady: {
    title: 'Steady',
    doc: 'An even stream that the group takes easily: one arm for each connection, no end.',
    params: { connections: 6, buffers: 64, bufferSize: 256, messageMin: 20, messageMax: 200, rate: 2000, burst: 1, hold: 500 },
  },
  firehose: {
    title: 'Firehose',
    doc: 'As fast as the ring goes.',
    params: { connections: 8, buffers: 1024, bufferSize: 64, messageMin: 64, messageMax: 64, rate: 0, burst: 1, hold: 0, kernel: 'arms' },
  },
  quiet: {
    title: 'Quiet',
    doc: 'A message now and then: armed and quiet is normal and costs nothing.',
    params: { connections: 4, buffers: 32, bufferSize: 256, messageMin: 20, messageMax: 60, rate: 4, burst: 1, hold: 2000 },
  },
} as const satisfies Record<string, { title: string; doc: string; params: Partial<WorkloadParams> }>;
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];
export const presetParams = (name: PresetName): WorkloadParams => ({ ...defaultParams, ...presets[name].params });

/** A value that does not fit: `path` names it, `message` is one sentence that says what is wrong and what to do. */
export interface ParamProblem {
  readonly path: ParamName;
  readonly message: string;
}

/** What is wrong with `value` for this parameter, or undefined. */
export function checkParam(name: ParamName, value: unknown): ParamProblem | undefined {
  const spec = paramSpec(name);
  const fail = (want: string): ParamProblem => ({ path: name, message: `${name}: ${JSON.stringify(value)} is not ${want}.` });
  switch (spec.type) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : fail('true or false');
    case 'enum':
      return spec.values.includes(value as string) ? undefined : fail(`one of ${spec.values.join(', ')}`);
    case 'int': {
      const unit = spec.unit === '' ? '' : ` ${spec.unit}`;
      if (typeof value !== 'number' || !Number.isInteger(value) || value < spec.min || value > spec.max) {
        return fail(`a whole number from ${spec.min} to ${spec.max}${unit}`);
      }
      if (spec.powerOfTwo && (value & (value - 1)) !== 0) return fail(`a power of two from ${spec.min} to ${spec.max}`);
      return undefined;
    }
  }
}

/** Checks one value after another, then what must hold between them. An empty list = good. */
export function checkParams(params: WorkloadParams): ParamProblem[] {
  const problems = paramNames.flatMap((n) => checkParam(n, params[n]) ?? []);
  if (problems.length > 0) return problems;
  const bad = (path: ParamName, message: string) => problems.push({ path, message });
  if (params.messageMin > params.messageMax)
    bad('messageMin', `messageMin: ${params.messageMin} is more than messageMax ${params.messageMax}; lower one or raise the other.`);
  if (params.transport === 'udp' && params.messageMax > 65507)
    bad('messageMax', `messageMax: ${params.messageMax} does not fit into a UDP datagram; use at most 65507.`);
  if (params.incremental && params.bufferKind === 'legacy') bad('incremental', 'incremental: IOU_PBUF_RING_INC needs bufferKind ring.');
  if (params.bundle && params.op === 'recvmsg') bad('bundle', 'bundle: the kernel refuses IORING_RECVSEND_BUNDLE on recvmsg; use op recv.');
  if (params.bundle && params.bufferKind === 'legacy') bad('bundle', 'bundle: bundles need bufferKind ring.');
  if (params.bundle && params.transport === 'udp') bad('bundle', 'bundle: bundles need a stream; use transport tcp or unix.');
  if (params.incremental && params.op === 'recvmsg')
    bad('incremental', 'incremental: recvmsg headers do not fit into the rest of a buffer; use op recv.');
  if (params.op === 'recvmsg' && params.bufferSize < 64)
    bad(
      'bufferSize',
      `bufferSize: ${params.bufferSize} leaves no room behind the io_uring_recvmsg_out header; use at least 64 B with recvmsg.`,
    );
  if (params.app === 'echo' && (params.bundle || params.incremental))
    bad('app', 'app: echo sends one buffer at a time; turn bundle and incremental off, or choose sink.');
  if (params.app === 'echo' && params.op === 'recvmsg') bad('app', 'app: echo needs op recv; choose sink, or op recv.');
  if (params.app === 'echo' && params.transport === 'udp') bad('app', 'app: echo needs a connected socket; use transport tcp or unix.');
  if (params.sqpoll && params.deferTaskrun)
    bad('sqpoll', 'sqpoll: the kernel refuses SQPOLL together with DEFER_TASKRUN; turn one of them off.');
  if (params.sqpoll && params.coopTaskrun)
    bad('sqpoll', 'sqpoll: the kernel refuses SQPOLL together with COOP_TASKRUN; turn one of them off.');
  if (params.cqEntries < params.sqEntries)
    bad('cqEntries', `cqEntries: ${params.cqEntries} is less than sqEntries ${params.sqEntries}; the CQ must be at least as large.`);
  return problems;
}
