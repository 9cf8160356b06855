/**
 * How a field is read from an event that the model has just applied. A getter puts the value into `out` and says whether the
 * event has one: nothing is allocated, and a number that does not fit a small integer is never handed from function to
 * function (V8 would make an object of it).
 *
 * What a kind's words mean is taken from the schema, so that a new kind has its res, fd and user_data here by itself. What
 * a snapshot restates has only those that every event has: it did not happen then.
 */
import type { EventTable } from '../codec/event-table.ts';
import type { BufferGroup } from '../model/buffer-group.ts';
import { groupKeyOf } from '../model/group-key.ts';
import { isOwnRecv, opcodeOf, slotOf } from '../model/requests.ts';
import type { RingModel } from '../model/ring-model.ts';
import type { TerminateCause } from '../model/terminate-cause.ts';
import { type FieldUse, Kind, kinds, NO_GROUP, opcodeOfWord, Provenance, RequestFlag } from '../schema/events.ts';
import { bidOf, SqeFlag } from '../schema/uapi.ts';

/** Puts the field of event `i` into `out[0]` (a user_data: low word, and high word in `out[1]`); false = the event has none. */
export type Getter = (table: EventTable, i: number, model: RingModel, out: Float64Array) => boolean;

const NOT_TOLD = 0xffffffff;

/** 1 for each kind that `has` it. */
function kindsThat(has: (use: FieldUse, name: string) => boolean): Uint8Array {
  const set = new Uint8Array(256);
  for (const [name, { code, fields }] of Object.entries(kinds)) set[code] = !name.startsWith('snapshot') && has(fields, name) ? 1 : 0;
  return set;
}
const withResult = kindsThat(({ res }) => res === 'res' || res === '-errno');
const withFd = kindsThat(({ res }) => res?.startsWith('fd') === true);
const withUserData = kindsThat(({ userData }) => userData?.startsWith('user_data') === true);
const cqeKinds = kindsThat(({ flags }) => flags === 'CQE flags');
const restating = kindsThat(() => true).map((happens) => 1 - happens);

const put = (out: Float64Array, value: number): true => {
  out[0] = value;
  return true;
};
const putTime = (out: Float64Array, ns: number): boolean => {
  out[0] = ns;
  return ns >= 0;
};
const isOf = (set: Uint8Array, table: EventTable, i: number): boolean => set[table.kind[i] as number] === 1;

/** The event shows a CQE: posted, put on the overflow list, or reaped. An overflow that the reactor only saw a bit of shows none. */
const showsCqe = (table: EventTable, i: number): boolean =>
  isOf(cqeKinds, table, i) && (table.kind[i] !== Kind.cqe_overflow || table.provenance[i] === Provenance.tracepoint);

/** The reap of a CQE that was found already, where the kernel posted it. */
export const isSecondSight = (table: EventTable, i: number, { effect }: RingModel): boolean =>
  table.kind[i] === Kind.reap && effect.recv && !effect.cqe;

export const kind: Getter = (table, i, _model, out) => put(out, table.kind[i] as number);
export const provenance: Getter = (table, i, _model, out) => put(out, table.provenance[i] as number);
export const time: Getter = (table, i, _model, out) => put(out, table.t[i] as number);
export const thread: Getter = (table, i, _model, out) => put(out, table.thread[i] as number);

export const ring: Getter = (table, i, _model, out) => {
  out[0] = table.ring[i] as number;
  return table.ring[i] !== 0;
};

export const request: Getter = (table, i, _model, out) => {
  out[0] = table.request[i] as number;
  return table.request[i] !== 0 && !isOf(restating, table, i);
};

export const res: Getter = (table, i, _model, out) => {
  out[0] = table.res[i] as number;
  return isOf(withResult, table, i) && (table.kind[i] !== Kind.cqe_overflow || showsCqe(table, i));
};

export const bytes: Getter = (table, i, { effect }, out) => {
  out[0] = table.res[i] as number;
  return (table.res[i] as number) > 0 && (table.kind[i] === Kind.send || (effect.recv && showsCqe(table, i)));
};

export const flags: Getter = (table, i, _model, out) => {
  out[0] = table.flags[i] as number;
  return showsCqe(table, i);
};

/** One bit of a CQE's flags. */
export const flagBit =
  (bit: number): Getter =>
  (table, i, _model, out) => {
    out[0] = ((table.flags[i] as number) & bit) === 0 ? 0 : 1;
    return showsCqe(table, i);
  };

export const bid: Getter = (table, i, _model, out) => {
  if (table.kind[i] === Kind.replenish) return put(out, table.a[i] as number);
  if (!showsCqe(table, i)) return false;
  out[0] = bidOf(table.flags[i] as number);
  return (out[0] as number) >= 0;
};

/** The group that the event is about, or undefined where that is not known. */
function groupOf(table: EventTable, i: number, model: RingModel): BufferGroup | undefined {
  const { effect } = model;
  if (model.restating !== null || isOf(restating, table, i)) return undefined;
  if (effect.groupKey >= 0) return model.groups.get(effect.groupKey);
  switch (table.kind[i]) {
    case Kind.group_register:
    case Kind.group_state:
      return model.groups.get(model.groupKey(table, i, table.a[i] as number));
    case Kind.replenish:
      return model.groups.get(model.groupKey(table, i, table.b[i] as number));
    default:
      break;
  }
  const { lane } = effect;
  if (lane === null || !(effect.submitted || (effect.recv && showsCqe(table, i)))) return undefined;
  return lane.ring === 0 ? model.groupOf(lane) : model.groups.get(groupKeyOf(lane.ring, model.foreignBgid(lane)));
}

export const bgid: Getter = (table, i, model, out) => {
  switch (table.kind[i]) {
    case Kind.submit:
      out[0] = table.b[i] as number;
      return table.b[i] !== NO_GROUP;
    case Kind.replenish:
      return put(out, table.b[i] as number);
    case Kind.group_register:
    case Kind.group_unregister:
    case Kind.group_state:
      out[0] = table.a[i] as number;
      return model.restating === null;
    default: {
      const group = groupOf(table, i, model);
      out[0] = group?.bgid ?? NO_GROUP;
      return out[0] !== NO_GROUP;
    }
  }
};

/** Buffers of the group after the event. Of a group whose give-backs are not seen, nobody knows how many are available. */
export const free: Getter = (table, i, model, out) => {
  const group = groupOf(table, i, model);
  out[0] = group?.free ?? 0;
  return group?.seen === true;
};
export const filled: Getter = (table, i, model, out) => {
  const group = groupOf(table, i, model);
  out[0] = group?.filled ?? 0;
  return group !== undefined;
};
export const held: Getter = (table, i, model, out) => {
  const group = groupOf(table, i, model);
  out[0] = group?.held ?? 0;
  return group !== undefined;
};

export const conn: Getter = (table, i, model, out) => {
  if (table.kind[i] === Kind.send) return put(out, table.a[i] as number);
  const lo = table.dictionary.lo[table.ud[i] as number] as number;
  out[0] = slotOf(lo);
  return model.ownSeen && isOf(withUserData, table, i) && isOwnRecv(lo);
};

/** The request word of an event from the kernel; 0 = it has none. */
function requestWord(table: EventTable, i: number): number {
  switch (table.kind[i]) {
    case Kind.file_get:
    case Kind.wake:
      return table.b[i] as number;
    case Kind.poll_arm:
      return table.flags[i] as number;
    case Kind.complete:
    case Kind.cqe_overflow:
      return table.provenance[i] === Provenance.tracepoint ? (table.a[i] as number) : 0;
    default:
      return 0;
  }
}

export const fd: Getter = (table, i, model, out) => {
  const { lane } = model.effect;
  if (isOf(restating, table, i)) return false;
  if (lane !== null) {
    out[0] = lane.fd;
    return lane.fd >= 0 && !lane.fixedFile;
  }
  if (table.kind[i] === Kind.submit && (((table.a[i] as number) >>> 8) & SqeFlag.FIXED_FILE) !== 0) return false;
  if ((requestWord(table, i) & RequestFlag.fixedFile) !== 0) return false;
  if (isOf(withFd, table, i)) {
    out[0] = table.res[i] as number;
    return (table.res[i] as number) >= 0;
  }
  out[0] = table.b[i] as number;
  return table.kind[i] === Kind.complete && table.b[i] !== NOT_TOLD;
};

export const userData: Getter = (table, i, _model, out) => {
  const id = table.ud[i] as number;
  out[0] = table.dictionary.lo[id] as number;
  out[1] = table.dictionary.hi[id] as number;
  // A buffer that nobody had used yet belongs to no CQE.
  return isOf(withUserData, table, i) && (table.kind[i] !== Kind.replenish || out[0] !== 0 || out[1] !== 0);
};

const OPCODE_NOT_TOLD = 0xff;

export const opcode: Getter = (table, i, { effect }, out) => {
  switch (table.kind[i]) {
    case Kind.submit:
    case Kind.request_found:
    case Kind.req_failed:
      out[0] = opcodeOf(table.a[i] as number);
      return out[0] !== OPCODE_NOT_TOLD;
    case Kind.connect:
    case Kind.close:
      return false;
    default:
      break;
  }
  out[0] = opcodeOfWord(requestWord(table, i));
  if ((out[0] as number) >= 0) return true;
  out[0] = effect.lane?.opcode ?? 0;
  return effect.lane !== null && !isOf(restating, table, i);
};

/** Of a cause that is no errno. */
export const CauseCode = { eof: 0, overflow: -1, data: -2 } as const;
const codeOfCause = (cause: TerminateCause, result: number): number =>
  cause === 'eof' || cause === 'overflow' || cause === 'data' ? CauseCode[cause] : -result;

export const cause: Getter = (table, i, { effect }, out) => {
  out[0] = effect.cause === null ? 0 : codeOfCause(effect.cause, table.res[i] as number);
  return effect.cause !== null;
};

export const shot: Getter = (_table, _i, { effect }, out) => {
  out[0] = effect.lane?.shots ?? 0;
  return effect.cqe;
};

export const cqe: Getter = (table, i, { effect }, out) => put(out, effect.cqe || (!effect.recv && showsCqe(table, i)) ? 1 : 0);
export const ambiguous: Getter = (_table, _i, { effect }, out) => put(out, effect.ambiguous ? 1 : 0);
export const multishot: Getter = (_table, _i, { effect }, out) => {
  out[0] = effect.multishot ? 1 : 0;
  return effect.recv;
};
export const rearm: Getter = (_table, _i, { effect }, out) => {
  out[0] = effect.rearm ? 1 : 0;
  return effect.submitted;
};

export const hold: Getter = (_table, _i, { effect }, out) => putTime(out, effect.sinceReap);
export const gap: Getter = (_table, _i, { effect }, out) => putTime(out, effect.multishot ? effect.sinceEnd : -1);
export const submitToComplete: Getter = (_table, _i, { effect }, out) => putTime(out, effect.sinceSubmit);
export const wakeToComplete: Getter = (_table, _i, { effect }, out) => putTime(out, effect.sinceWake);
export const completeToReap: Getter = (_table, _i, { effect }, out) => putTime(out, effect.sinceComplete);
