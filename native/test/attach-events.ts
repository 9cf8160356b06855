/** Words of the events of a traced process, and the targets that the tests of startTrace run. */

import { Kind, REQUEST_OPCODE_SHIFT, RequestFlag } from '../../shared/schema/events.ts';
import { CqeFlag } from '../../shared/schema/uapi.ts';
import type { Event } from './harness.ts';
import { isKind } from './harness.ts';
import { armed, type Running, Sender, start } from './tracer/harness.ts';

/** The request word, taken apart. `opcode` -1: not known. */
export function wordOf(e: Event): { opcode: number; multishot: boolean; older: boolean; ambiguous: boolean; fixedFile: boolean } {
  const byKind = new Map<number, number>([
    [Kind.file_get, e.b],
    [Kind.poll_arm, e.flags],
    [Kind.wake, e.b],
    [Kind.complete, e.a],
    [Kind.cqe_overflow, e.a],
  ]);
  const word = byKind.get(e.kind);
  if (word === undefined) throw new Error(`kind ${e.kind} has no request word`);
  const has = (flag: number) => (word & flag) !== 0;
  return {
    opcode: (word >>> REQUEST_OPCODE_SHIFT) - 1,
    multishot: has(RequestFlag.multishot),
    older: has(RequestFlag.older),
    ambiguous: has(RequestFlag.ambiguous),
    fixedFile: has(RequestFlag.fixedFile),
  };
}
/** The fd that the event tells; -1: none. */
export const fdOf = (e: Event): number => (isKind(e, 'poll_arm') || isKind(e, 'wake') || isKind(e, 'file_get') ? e.res : e.b | 0);

export const isMore = (e: Event): boolean => isKind(e, 'complete') && (e.flags & CqeFlag.F_MORE) !== 0;

/** A server with one connection, all of whose messages are still to come. */
export async function armedServer(
  args: readonly string[],
  trafficArgs: readonly string[],
  polls = 1,
): Promise<{ server: Running; sender: Sender; pid: number }> {
  const server = start('recv_tcp', args);
  const pid = server.child.pid as number;
  const sender = new Sender('tcp', await server.port(), trafficArgs);
  await sender.connected();
  await armed(pid, polls);
  return { server, sender, pid };
}
