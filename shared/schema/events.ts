/**
 * The event schema: the one source of every kind, field and bit of a ringlens event.
 * `scripts/gen-schema.ts` writes native/src/trace/event_schema.generated.h from it; a test fails when that file is stale.
 *
 * One event is one fixed record of 48 bytes, little endian:
 *
 *     offset  0        8          16    20      24  28  32        36      38    40    41          42
 *             tNs u64  userData   res   flags   a   b   request   thread  ring  kind  provenance  zero (6 bytes)
 *                      u64        i32   u32     u32 u32 u32       u16     u16   u8    u8
 *
 * - `tNs`: CLOCK_MONOTONIC nanoseconds. Events of one reap batch share one stamp.
 * - `userData`: the SQE's user_data, as the CQE carries it back.
 * - `request`: arm generation of the request on this ring, counted from 1; 0 = belongs to no request.
 *   Identity of a request is (ring, userData, request); the kernel's `req` pointer is NULL on every F_MORE completion.
 * - `thread`, `ring`: small dictionary ids, unique in one trace.
 * - `a`, `b`: two words of the kind's own, described below.
 */

/** Where an event comes from. Observed and inferred are never mixed. */
export const Provenance = { probe: 0, tracepoint: 1, fdinfo: 2, inferred: 3 } as const;

export interface FieldUse {
  readonly userData?: string;
  readonly res?: string;
  readonly flags?: string;
  readonly a?: string;
  readonly b?: string;
}

export interface KindSpec {
  /** Wire number, never reused. */
  readonly code: number;
  /** One sentence for people. */
  readonly doc: string;
  /** What the generic fields mean for this kind; a field not named is zero. */
  readonly fields: FieldUse;
}

/** Every event kind. Adding one = one entry here (then run `npm run gen`). */
export const kinds = {
  submit: {
    code: 1,
    doc: 'The application handed an SQE to the kernel.',
    fields: {
      userData: 'user_data',
      res: 'fd (-1: none)',
      flags: 'msg_flags',
      a: 'opcode | sqe.flags << 8 | ioprio << 16',
      b: 'buf_group (0xffffffff: no buffer select)',
    },
  },
  file_get: {
    code: 2,
    doc: 'The kernel resolved the fd of a request.',
    fields: { userData: 'user_data', res: 'fd', b: 'request word' },
  },
  poll_arm: {
    code: 3,
    doc: 'The kernel armed its internal poll for a request (io_uring_poll_arm).',
    fields: { userData: 'user_data', res: 'fd (-1: not told)', flags: 'request word', a: 'mask', b: 'events' },
  },
  wake: {
    code: 4,
    doc: 'The wait-queue callback queued task work (io_uring_task_add).',
    fields: { userData: 'user_data', res: 'fd (-1: not told)', a: 'mask', b: 'request word' },
  },
  complete: {
    code: 5,
    doc: 'The kernel posted a CQE (io_uring_complete).',
    fields: { userData: 'user_data', res: 'res', flags: 'CQE flags', a: 'request word', b: 'fd (0xffffffff: not told)' },
  },
  cqe_overflow: {
    code: 6,
    doc: 'A CQE found the CQ full: seen in the kernel (io_uring_cqe_overflow), or from the probe: the reactor saw IORING_SQ_CQ_OVERFLOW.',
    fields: {
      userData: 'user_data',
      res: 'res',
      flags: 'CQE flags',
      a: 'request word (probe: SQ flags)',
      b: 'fd, 0xffffffff: not told (probe: CQEs ready)',
    },
  },
  task_work: { code: 7, doc: 'Task work ran (io_uring_task_work_run, io_uring_local_work_run).', fields: { a: 'count' } },
  cq_wait: { code: 8, doc: 'The application went to wait for CQEs (io_uring_cqring_wait).', fields: { a: 'min_events' } },
  req_failed: {
    code: 9,
    doc: 'The kernel refused an SQE at the door (io_uring_req_failed).',
    fields: { userData: 'user_data', res: '-errno', flags: 'SQE flags', a: 'opcode', b: 'buf_group' },
  },
  reap: {
    code: 10,
    doc: 'The application took a CQE off the CQ.',
    fields: {
      userData: 'user_data',
      res: 'res',
      flags: 'CQE flags',
      a: 'CQEs that were still in the CQ behind this one at the stamp',
      b: 'byte offset in the buffer where the data starts (incremental buffers; else 0)',
    },
  },
  replenish: {
    code: 11,
    doc: 'The application gave a bid back to its buffer group (buf_ring_add + advance, or PROVIDE_BUFFERS). Provenance fdinfo: it was found in the shared memory of a group of another process, some time after the sample before.',
    fields: {
      userData: 'user_data of the CQE that had consumed it (0: first fill, or not told)',
      res: 'buffer size, bytes',
      flags: 'ReplenishFlag bits',
      a: 'bid',
      b: 'bgid',
    },
  },
  group_register: {
    code: 12,
    doc: 'A buffer group came into being, or was found in another process (provenance fdinfo).',
    fields: { res: 'buffer size, bytes (0: not told)', flags: 'GroupFlag bits', a: 'bgid', b: 'buffers in the group (0: not told)' },
  },
  group_unregister: { code: 13, doc: 'A buffer group was removed.', fields: { a: 'bgid' } },
  connect: {
    code: 14,
    doc: 'A connection (or bound datagram socket) became a receiver of this ring.',
    fields: {
      userData: 'user_data its recv will carry',
      res: 'fd',
      flags: '0; of a second recv on the same socket: 1 + slot of the first',
      a: 'connection slot',
      b: 'Transport',
    },
  },
  close: {
    code: 15,
    doc: 'The application closed its end.',
    fields: { userData: 'user_data its recv carried', res: 'fd', a: 'connection slot' },
  },
  dropped: {
    code: 16,
    doc: 'Ringlens itself lost events here (never the same as CQ overflow).',
    fields: { userData: 'tNs of the first loss', a: 'events lost, low 32 bits', b: 'events lost, high 32 bits' },
  },
  mark: { code: 17, doc: 'A note in the stream.', fields: { a: 'MarkCode', b: 'value' } },
  error: {
    code: 18,
    doc: 'A system call of the reactor failed.',
    fields: { userData: 'user_data', res: '-errno', a: 'opcode or syscall number' },
  },
  ring_create: {
    code: 19,
    doc: 'A ring was set up (io_uring_setup).',
    fields: {
      userData: 'features word (of another process: its pid)',
      res: 'ring fd',
      flags: 'IORING_SETUP_* bits (0 where it is older than the trace)',
      a: 'SQ entries',
      b: 'CQ entries',
    },
  },
  ring_close: { code: 20, doc: 'The ring was closed.', fields: { res: 'ring fd' } },
  setting: {
    code: 21,
    doc: 'A workload parameter got a value.',
    fields: { userData: 'the value', a: 'index of the parameter in workloadParams' },
  },
  send: { code: 22, doc: 'The load generator sent a message.', fields: { res: 'bytes', a: 'connection slot' } },
  snapshot: {
    code: 23,
    doc: 'The next `a` events restate what is true now, so that a reader can begin here: ring_create, group_register, one snapshot_bid for each bid, one snapshot_arm for each connection. Ended by snapshot_end. From the tracer (provenance tracepoint): the ring_create of every open ring, and one snapshot_arm for each recv in flight that it knows of.',
    fields: { a: 'events up to and without snapshot_end' },
  },
  snapshot_bid: {
    code: 24,
    doc: 'State of one bid, inside a snapshot. Available bids come in the order the kernel will pick them.',
    fields: { userData: 'user_data of the CQE that consumed it', res: 'bytes in it', flags: 'BidState', a: 'bid', b: 'bgid' },
  },
  snapshot_arm: {
    code: 25,
    doc: 'State of one connection, inside a snapshot.',
    fields: {
      userData: 'user_data of its recv',
      res: 'fd',
      flags: 'SnapshotArmFlag bits | 1 + slot of the first recv on its socket << 16',
      a: 'connection slot (from the tracer: 0)',
      b: 'Transport | bgid << 16 (from the tracer: 0xffff = not told)',
    },
  },
  snapshot_end: { code: 26, doc: 'The snapshot is complete.', fields: {} },
  ring_state: {
    code: 27,
    doc: 'A ring of another process as it was sampled beside the trace, from its fdinfo and its shared memory.',
    fields: {
      userData: 'CQ head | CQ tail << 32',
      res: 'polls in its PollList (-1: not told)',
      flags: 'CQEs on its overflow list (0xffffffff: not told)',
      a: 'SQ head',
      b: 'SQ tail',
    },
  },
  group_state: {
    code: 28,
    doc: 'A buffer group of another process as it was sampled: the head from IORING_REGISTER_PBUF_STATUS, the tail from the buffer ring where the kernel has mapped it.',
    fields: { res: 'entries of the buffer ring (0: not told)', flags: 'GroupStateFlag bits', a: 'bgid', b: 'head | tail << 16' },
  },
  request_found: {
    code: 29,
    doc: 'A request that is older than the trace, told by its first event. Provenance fdinfo: what follows stood in the SQE memory still; inferred: the event alone tells it.',
    fields: {
      userData: 'user_data',
      res: 'fd (-1: not told)',
      a: 'opcode (0xff: not told) | sqe.flags << 8 | ioprio << 16',
      b: 'buf_group (0xffffffff: not told)',
    },
  },
  buffer_remove: {
    code: 30,
    doc: 'A bid left its group without being filled: it was taken out, or its entry was written over by a bid that was given back twice.',
    fields: {
      userData: 'of one that was written over: the bid that stands in its place',
      flags: '1: it was written over',
      a: 'bid',
      b: 'bgid',
    },
  },
} as const satisfies Record<string, KindSpec>;

export type EventKind = keyof typeof kinds;

/** Kind → wire number. */
export const Kind = Object.fromEntries(Object.entries(kinds).map(([n, s]) => [n, s.code])) as {
  readonly [K in EventKind]: (typeof kinds)[K]['code'];
};

const names: (EventKind | undefined)[] = [];
for (const [name, spec] of Object.entries(kinds)) {
  if (names[spec.code] !== undefined) throw new Error(`event kinds ${names[spec.code]} and ${name} share code ${spec.code}`);
  names[spec.code] = name as EventKind;
}

/** Wire number → kind, or undefined for a kind of a newer minor version. */
export function kindName(code: number): EventKind | undefined {
  return names[code];
}

/** Layout of one record, in bytes. */
export const recordLayout = {
  size: 48,
  fields: {
    tNs: { offset: 0, type: 'u64' },
    userData: { offset: 8, type: 'u64' },
    res: { offset: 16, type: 'i32' },
    flags: { offset: 20, type: 'u32' },
    a: { offset: 24, type: 'u32' },
    b: { offset: 28, type: 'u32' },
    request: { offset: 32, type: 'u32' },
    thread: { offset: 36, type: 'u16' },
    ring: { offset: 38, type: 'u16' },
    kind: { offset: 40, type: 'u8' },
    provenance: { offset: 41, type: 'u8' },
  },
} as const;

/** `replenish.flags`: `again` = the group had the bid already. */
export const ReplenishFlag = { again: 1 } as const;
/** `buffer_remove.flags`. */
export const RemoveFlag = { overwritten: 1 } as const;
/** `group_register.flags`. */
export const GroupFlag = { legacy: 1, incremental: 2 } as const;
/** `snapshot_arm.flags`: what is in flight on the connection, or was last. */
export const SnapshotArmFlag = { armed: 1, multishot: 2, bundle: 4, recvmsg: 8, fixedFile: 16 } as const;
/** Above them: of a second recv on the same socket, 1 + slot of the first; else 0. */
export const FIRST_SLOT_SHIFT = 16;
/** `connect.b`, low 16 bits of `snapshot_arm.b`. */
export const Transport = { tcp: 0, udp: 1, unix: 2 } as const;
/** States of a bid, as the model keeps them and as `snapshot_bid.flags` carries them. */
export const BidState = { absent: 0, available: 1, filled: 2, held: 3 } as const;
/** `mark.a`. */
export const MarkCode = {
  loadStopped: 1,
  loadStarted: 2,
  userNote: 3,
  processEnded: 4,
  /** The reactor stopped reaping: `b` says why (StopReason | breakpoint << 8); userData: of the event that it stopped at. */
  stopped: 5,
  resumed: 6,
  /** Something was done by hand: `b` = code of the action, userData = its target. */
  handsOn: 7,
} as const;
/**
 * The request word of an event from the kernel: what the tracer knows of the request that the event belongs to.
 *
 *     31            16 15      8 7         0
 *     [ zero          ][ opcode + 1 ][ RequestFlag ]      opcode + 1 = 0: not known
 */
export const RequestFlag = {
  /** Several live requests shared the user_data, and nothing told them apart. */
  ambiguous: 1,
  multishot: 2,
  /** It was submitted before the trace began. */
  older: 4,
  /** Its fd is an index into the registered files (IOSQE_FIXED_FILE). */
  fixedFile: 8,
} as const;
export const REQUEST_OPCODE_SHIFT = 8;
/** The opcode in a request word; -1 = not known. */
export const opcodeOfWord = (word: number): number => ((word >>> REQUEST_OPCODE_SHIFT) & 0xff) - 1;

/** `group_state.flags`: which of head and tail are told. */
export const GroupStateFlag = { head: 1, tail: 2 } as const;

/** No buffer group in `submit.b`. */
export const NO_GROUP = 0xffffffff;

/**
 * user_data of ringlens' own workload: unique while the process lives, readable in hex (0x1003 = recv of c3).
 *
 *     63                16 15    12 11         0
 *     [ epoch of the slot ][ OwnOp ][   slot   ]
 *
 * A slot is a lane of the picture and is used again after a close, with the next epoch.
 */
export const userDataLayout = { slotBits: 12, opBits: 4, epochShift: 16 } as const;
export const OwnOp = {
  none: 0,
  recv: 1,
  send: 2,
  accept: 3,
  cancel: 4,
  provide: 5,
  wakeup: 6,
  timeout: 7,
  remove: 8,
  close: 9,
  nop: 10,
} as const;
