/**
 * The debugger of the own workload, once: what it can stop for, how it steps, what can be done by hand, and which fields of
 * the filter language the reactor itself knows. Messages, controls, CLI and C++ (native/src/debug/debug.generated.h)
 * come from these tables.
 */

/** `mark.b`, low byte, of a `stopped` mark: why the reactor stopped reaping. */
export const StopReason = { pause: 1, breakpoint: 2, step: 3, cqFull: 4 } as const;
export type StopReasonName = keyof typeof StopReason;
const reasonNames = Object.keys(StopReason) as StopReasonName[];
/** In a `stopped` mark the number of the breakpoint stands above the reason. */
export const BREAKPOINT_SHIFT = 8;
export const stopReasonOf = (b: number): StopReasonName | undefined => reasonNames.find((name) => StopReason[name] === (b & 0xff));
export const breakpointOf = (b: number): number => b >>> BREAKPOINT_SHIFT;

/** How far the reactor goes before it stops again. */
export const stepUnits = {
  cqe: { code: 1, doc: 'the next CQE of a recv' },
  wake: { code: 2, doc: 'the next CQEs of one recv that stand together in the CQ' },
  turn: { code: 3, doc: "one turn of the reactor's loop that reaps something" },
  end: { code: 4, doc: 'the next CQE that ends a multishot recv' },
} as const satisfies Record<string, { code: number; doc: string }>;
export type StepUnit = keyof typeof stepUnits;
export const stepUnitNames = Object.keys(stepUnits) as StepUnit[];

export interface HandActionSpec {
  readonly code: number;
  /** As the page's button says it. */
  readonly title: string;
  /** One sentence: what it does to the ring. */
  readonly doc: string;
  /** Who does it. */
  readonly by: 'application' | 'peer';
  /** What it is done to. */
  readonly target: 'bid' | 'conn' | null;
  /** A number that it needs besides. */
  readonly value?: { readonly name: string; readonly min: number; readonly max: number; readonly default: number };
}

/** What the kernel refuses at the door, as `refuse` submits it: a recv that is multishot and selects a buffer, but for this. */
export const refusals = {
  'no-buffer-select': { code: 1, doc: 'without IOSQE_BUFFER_SELECT' },
  waitall: { code: 2, doc: 'with MSG_WAITALL' },
  ioprio: { code: 3, doc: 'with an ioprio bit that means nothing (1 << 5)' },
  length: { code: 4, doc: 'with a length of 32: kernels before 6.17 refuse it, later ones take it as the most bytes of a CQE' },
  'bundle-recvmsg': { code: 5, doc: 'as recvmsg with IORING_RECVSEND_BUNDLE' },
  optlen: { code: 6, doc: 'single-shot, with a total length (sqe->optlen)' },
} as const satisfies Record<string, { code: number; doc: string }>;
export type Refusal = keyof typeof refusals;
export const refusalNames = Object.keys(refusals) as Refusal[];
const refusalCodes = Object.values(refusals).map(({ code }) => code);

/** What can be done by hand. `mark.b` of a `handsOn` mark is the code. */
export const handActions = {
  'give-back': { code: 1, title: 'Give back', doc: 'The application gives this held bid back now.', by: 'application', target: 'bid' },
  'give-back-all': {
    code: 2,
    title: 'Give all back',
    doc: 'The application gives back every bid that it holds.',
    by: 'application',
    target: null,
  },
  leak: { code: 3, title: 'Leak', doc: 'The application holds this bid until it is given back by hand.', by: 'application', target: 'bid' },
  'give-twice': {
    code: 4,
    title: 'Give back twice',
    doc: 'The application gives this bid back once more than it took it: the group has it twice, and the kernel will fill the same memory twice.',
    by: 'application',
    target: 'bid',
  },
  'remove-buffers': {
    code: 5,
    title: 'Remove buffers',
    doc: 'Takes buffers out of the group: of a legacy group at once (REMOVE_BUFFERS), of a ring the next ones that would be given back.',
    by: 'application',
    target: null,
    value: { name: 'buffers', min: 1, max: 32768, default: 8 },
  },
  'add-buffers': {
    code: 6,
    title: 'Add buffers',
    doc: 'Gives buffers that were removed to the group again.',
    by: 'application',
    target: null,
    value: { name: 'buffers', min: 1, max: 32768, default: 8 },
  },
  cancel: {
    code: 7,
    title: 'Cancel',
    doc: 'Cancels the recv of this connection (ASYNC_CANCEL by user_data).',
    by: 'application',
    target: 'conn',
  },
  'arm-second': {
    code: 8,
    title: 'Second multishot',
    doc: 'Submits one more recv on the socket of this connection: each piece of data goes to one of the two.',
    by: 'application',
    target: 'conn',
  },
  'fill-cq': {
    code: 9,
    title: 'Fill the CQ',
    doc: 'Stops the reactor and submits NOPs until the CQ is full: the next CQE overflows, and ends its multishot.',
    by: 'application',
    target: null,
  },
  refuse: {
    code: 10,
    title: 'Refused request',
    doc: 'Submits a recv that the kernel refuses at the door.',
    by: 'application',
    target: 'conn',
    value: { name: 'what', min: Math.min(...refusalCodes), max: Math.max(...refusalCodes), default: refusals['no-buffer-select'].code },
  },
  send: {
    code: 11,
    title: 'Send',
    doc: 'The peer of this connection sends so many bytes as one message.',
    by: 'peer',
    target: 'conn',
    value: { name: 'bytes', min: 1, max: 1048576, default: 100 },
  },
  burst: {
    code: 12,
    title: 'Burst',
    doc: 'Every peer sends so many bytes at once.',
    by: 'peer',
    target: null,
    value: { name: 'bytes', min: 1, max: 1048576, default: 1000 },
  },
  shutdown: {
    code: 13,
    title: 'Shut down',
    doc: 'The peer ends its stream (shutdown SHUT_WR); another connects in its place.',
    by: 'peer',
    target: 'conn',
  },
  reset: {
    code: 14,
    title: 'Reset',
    doc: 'The peer resets the connection (close with SO_LINGER 0); another connects in its place.',
    by: 'peer',
    target: 'conn',
  },
} as const satisfies Record<string, HandActionSpec>;
export type HandAction = keyof typeof handActions;
export const handActionNames = Object.keys(handActions) as HandAction[];
export const handActionSpec = (name: HandAction): HandActionSpec => handActions[name];

/** Words of a filter's field that the reactor can tell at its own events, in the order of the C++ enum. */
export const breakFields = [
  'kind',
  'cqe',
  'res',
  'bytes',
  'flags',
  'flags.BUFFER',
  'flags.MORE',
  'flags.SOCK_NONEMPTY',
  'flags.NOTIF',
  'flags.BUF_MORE',
  'cause',
  'bid',
  'bgid',
  'free',
  'held',
  'conn',
  'fd',
  'user_data',
  /** The high word; a filter names it by user_data. */
  'user_data.high',
  'request',
  'shot',
  'opcode',
  'multishot',
  'rearm',
  'hold',
  'gap',
  't',
  'ring',
  'thread',
  'provenance',
] as const;
export type BreakField = (typeof breakFields)[number];

/** Steps of a breakpoint's program, a stack machine of yes and no: comparisons push, `and` and `or` take two. */
export const BreakOp = { eq: 0, ne: 1, lt: 2, le: 3, gt: 4, ge: 5, and: 6, or: 7 } as const;
/** Numbers of a step: op, index in breakFields, value. */
export const BREAK_STEP_NUMBERS = 3;
/** Steps of one program, and breakpoints at a time. */
export const MOST_BREAK_STEPS = 1024;
export const MOST_BREAKPOINTS = 64;
