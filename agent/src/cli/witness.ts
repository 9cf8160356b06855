/**
 * Tells a signal that the whole process group got (Ctrl-C at the terminal, a hangup, kill -- -PGID) from one that was sent to
 * ringlens alone: the command of `ringlens run` has the first already, and must get the second from us, each exactly once.
 * Node does not say who sent a signal. So a process that does nothing sits in the group, and dies of what the group gets:
 *
 *     group: ringlens ─ COMMAND ─ cat        SIGINT to the group: cat is dead → the command has it
 *                                            SIGINT to ringlens:  cat lives   → pass it on
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A group's signals are sent one process after another: the witness may get its own a moment after ours. */
const SAME_SENDER_MS = 30;
/** npm passes on a Ctrl-C that the terminal has sent to everybody already. */
const SAME_PRESS_MS = 400;

/** Whether a process has ended, or is about to by a signal that waits for it (proc(5): SigPnd, ShdPnd). */
export function isDying(status: string): boolean {
  return status === '' || /^State:\s+[ZX]/m.test(status) || /^(SigPnd|ShdPnd):\s+0*[1-9a-f]/m.test(status);
}

/** True once the process was hit; also where that can't be told any more. */
function isHit({ pid, exitCode, signalCode }: ChildProcess): boolean {
  if (pid === undefined) return false;
  if (exitCode !== null || signalCode !== null) return true;
  try {
    return isDying(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** The signal that it died of; null where that is not told, undefined while it lives. */
async function hitBy(child: ChildProcess): Promise<NodeJS.Signals | null | undefined> {
  if (!isHit(child)) return undefined;
  if (child.exitCode === null && child.signalCode === null) await Promise.race([once(child, 'exit'), delay(SAME_SENDER_MS)]);
  return child.signalCode;
}

/** By its path: ringlens may run without PATH, or with one of the command's. */
const CAT = ['/usr/bin/cat', '/bin/cat'].find((path) => existsSync(path)) ?? 'cat';

function startWitness(): ChildProcess {
  const child = spawn(CAT, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  // It ends with ringlens, however that ends, since its input does; and never keeps it.
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}

export class Witness {
  #child = startWitness();
  readonly #lastOfGroup = new Map<NodeJS.Signals, number>();

  /** Call it when ringlens has got a signal: true = the group has it too. */
  async groupHas(signal: NodeJS.Signals): Promise<boolean> {
    const now = performance.now();
    const witness = this.#child;
    if (!isHit(witness)) await delay(SAME_SENDER_MS);
    const hit = await hitBy(witness);
    // Signals that came together have the same witness.
    if (hit !== undefined)
      setImmediate(() => {
        if (this.#child === witness) this.#child = startWitness();
      });
    // Dead of another signal, one that came just before: that says nothing of this one.
    if (hit === undefined || (hit !== null && hit !== signal))
      return now - (this.#lastOfGroup.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_PRESS_MS;
    this.#lastOfGroup.set(signal, now);
    return true;
  }

  dispose(): void {
    this.#child.kill('SIGKILL');
  }
}
