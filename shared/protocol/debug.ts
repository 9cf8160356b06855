/** The debugger of the own workload, as agent and page tell each other. */
import type { HandAction, StepUnit, StopReasonName } from '../schema/debug.ts';
import type { EventKind } from '../schema/events.ts';

export interface BreakpointSpec {
  /** 1 … MOST_BREAKPOINT_ID; the client chooses it, and it is in the trace. */
  id: number;
  /** A filter (docs/filter.md). */
  text: string;
  enabled: boolean;
  /** Hits that do not stop. */
  ignore: number;
}
export const MOST_BREAKPOINT_ID = 2 ** 24 - 1;

export interface Breakpoint extends BreakpointSpec {
  hits: number;
}

/** The event that the reactor stopped at; `t` ns since the start, `userData` decimal, the rest as in shared/schema/events.ts. */
export interface StopEvent {
  t: number;
  kind: EventKind;
  userData: string;
  res: number;
  flags: number;
  a: number;
  b: number;
  request: number;
}

export interface StopInfo {
  reason: StopReasonName;
  /** Of a breakpoint: its number, and its condition when it was hit. */
  breakpoint: { id: number; text: string } | null;
  /** null: it stopped at no event of its own. */
  event: StopEvent | null;
  /** CQEs reaped until then, that of the event among them. */
  cqes: number;
}

export interface DebugInfo {
  /** The reactor reaps nothing; the kernel goes on. */
  stopped: boolean;
  /** CQEs reaped by now. */
  cqes: number;
  /** CQEs that wait in the CQ while the reactor is stopped; -1 = it is not. */
  waiting: number;
  /** Stopped: more CQEs are on the kernel's overflow list, until the reactor enters again. */
  overflowed: boolean;
  /** The newest stop, also when it goes on again; null = it never stopped. */
  stop: StopInfo | null;
  breakpoints: Breakpoint[];
}

/** A buffer of the group as it was when it was asked for. */
export interface BufferBytes {
  held: boolean;
  /** Of the CQE that consumed it, decimal; "0" = nobody holds it. */
  userData: string;
  /** Bytes that CQEs put into it. */
  filled: number;
  /** base64, at most 64 KiB of the buffer. */
  bytes: string;
}

export type DebugCommand =
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'step'; unit: StepUnit }
  /** In the place of all that there are. */
  | { type: 'breakpoints'; list: BreakpointSpec[] }
  /** Does something by hand. `target`: a bid or a connection, `value`: what the action needs; 0 where it needs none. */
  | { type: 'act'; name: HandAction; target: number; value: number };
