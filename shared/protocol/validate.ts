/** Checks what comes over the WebSocket, at the edge and never for each event. */
import * as v from 'valibot';
import { handActionNames, MOST_BREAKPOINTS, stepUnitNames } from '../schema/debug.ts';
import { checkParam, type ParamName, paramNames, presetNames, type WorkloadParams } from '../schema/workload-params.ts';
import { MOST_BREAKPOINT_ID } from './debug.ts';
import type { ClientMessage } from './messages.ts';

/** As long as a filter can be (shared/filter/parser.ts, which the protocol does not know). */
const MOST_BREAKPOINT_LETTERS = 2000;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

const number = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
/** A bid or a connection. */
const index = number(65535);
const breakpoint = v.strictObject({
  id: v.pipe(number(MOST_BREAKPOINT_ID), v.minValue(1)),
  text: v.pipe(v.string(), v.maxLength(MOST_BREAKPOINT_LETTERS)),
  enabled: v.boolean(),
  ignore: number(2 ** 30),
});

/** valibot's record takes arrays too. */
const plainObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object of parameters',
);

const clientMessage = v.variant('type', [
  v.strictObject({ type: v.literal('configure'), id, params: v.pipe(plainObject, v.record(v.string(), v.unknown())) }),
  v.strictObject({ type: v.literal('preset'), id, name: v.picklist(presetNames) }),
  v.strictObject({ type: v.literal('record'), id, on: v.boolean() }),
  v.strictObject({ type: v.literal('pause'), id }),
  v.strictObject({ type: v.literal('resume'), id }),
  v.strictObject({ type: v.literal('step'), id, unit: v.picklist(stepUnitNames) }),
  v.strictObject({ type: v.literal('breakpoints'), id, list: v.pipe(v.array(breakpoint), v.maxLength(MOST_BREAKPOINTS)) }),
  v.strictObject({ type: v.literal('act'), id, name: v.picklist(handActionNames), target: index, value: number(2 ** 30) }),
  v.strictObject({ type: v.literal('look'), id, bid: index }),
  v.strictObject({ type: v.literal('ping'), id }),
  v.strictObject({ type: v.literal('ack'), bytes: id }),
]);

export type Parsed = { ok: true; message: ClientMessage } | { ok: false; id: number | null; code: string; message: string };

const known = new Set<string>(paramNames);

/** The message in `text`, or one sentence that names the path of what is wrong. Never throws. */
export function parseClientMessage(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, id: null, code: 'EBADJSON', message: 'The message is not JSON.' };
  }
  const idOfValue = typeof value === 'object' && value !== null && 'id' in value && v.is(id, value.id) ? value.id : null;
  const parsed = v.safeParse(clientMessage, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue);
    return {
      ok: false,
      id: idOfValue,
      code: 'EBADMESSAGE',
      message: `${path ?? 'message'}: ${issue.message.replace(/^Invalid type: /, '')}.`,
    };
  }
  const message = parsed.output;
  if (message.type !== 'configure') return { ok: true, message };
  for (const [name, given] of Object.entries(message.params)) {
    if (!known.has(name)) return { ok: false, id: message.id, code: 'EBADPARAM', message: `params.${name}: there is no such parameter.` };
    const problem = checkParam(name as ParamName, given);
    if (problem !== undefined) return { ok: false, id: message.id, code: 'EBADPARAM', message: `params.${problem.message}` };
  }
  return { ok: true, message: { type: 'configure', id: message.id, params: message.params as Partial<WorkloadParams> } };
}
