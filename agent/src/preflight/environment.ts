/** The facts about this machine that the checks look at; a test gives its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, release, type } from 'node:os';
import type { RingFeatures } from '../../../shared/protocol/messages.ts';
import { commandOf } from './own-command.ts';
import { isFirstUserNamespace, lockedMemoryLimit, mountPoints, statusField } from './proc.ts';

/** How the kernel's tracepoints can be read here. */
export interface Tracing {
  /** Best first; reason and remedy are empty where it is permitted. */
  readonly backends: readonly { readonly name: string; readonly permitted: boolean; readonly reason: string; readonly remedy: string }[];
  /** Tracepoints and fields that this kernel lacks ("io_uring/io_uring_poll_arm"); undefined where tracefs can't be opened. */
  readonly missing: readonly string[] | undefined;
}

export interface Environment {
  /** process.platform */
  readonly platform: string;
  /** "Linux" */
  readonly system: string;
  /** uname -r */
  readonly kernelRelease: string;
  readonly cpus: number;
  /** How this ringlens was called, as sudo can call it again. */
  readonly command: string;
  readonly isRoot: boolean;
  /** Group ids of this process. */
  readonly groups: readonly number[];
  /** CapEff of this process, a bit each (capabilities.ts). */
  readonly capabilities: bigint;
  /** The capabilities don't count outside of a user namespace (a rootless container). */
  readonly inUserNamespace: boolean;
  /** Of this process: 0 none, 1 strict, 2 a filter; undefined where the kernel has no seccomp. */
  readonly seccompMode: number | undefined;
  /** RLIMIT_MEMLOCK; Infinity = unlimited. */
  readonly lockedMemoryBytes: number | undefined;
  /** undefined: not mounted at any path. */
  readonly tracefs: { readonly path: string; readonly readable: boolean } | undefined;
  /** The value of a sysctl ("kernel.io_uring_disabled"), or undefined where there is no such. */
  sysctl(name: string): number | undefined;
  /** What the kernel can do, or throws an error with the `code` of the system call that failed. */
  features(): RingFeatures;
  /** Tried for real; undefined where there is no addon to try it. */
  tracing(): Tracing | undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function canList(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function findTracefs(): Environment['tracefs'] {
  const mounted = mountPoints(read('/proc/self/mounts'), 'tracefs').map((path) => ({
    path,
    readable: canList(path) && canList(`${path}/events/io_uring`),
  }));
  return mounted.find(({ readable }) => readable) ?? mounted[0];
}

/** The same answer each time, or the same error: a trial has its price. */
function once<T>(work: () => T): () => T {
  let answer: (() => T) | undefined;
  return () => {
    if (answer === undefined) {
      try {
        const value = work();
        answer = () => value;
      } catch (e) {
        answer = () => {
          throw e;
        };
      }
    }
    return answer();
  };
}

/**
 * This machine. `features` and `tracing` come from the sources, which are above: they may try the ring and the tracepoints.
 * `tracing` is left out where only what blocks `live` is looked at.
 */
export function thisMachine(features: () => RingFeatures, tracing?: () => Tracing): Environment {
  const status = read('/proc/self/status');
  const isRoot = process.geteuid?.() === 0;
  const capEff = statusField(status, 'CapEff');
  const seccomp = statusField(status, 'Seccomp');
  const uidMap = read('/proc/self/uid_map');
  return {
    platform: process.platform,
    system: type(),
    kernelRelease: release(),
    cpus: availableParallelism(),
    command: commandOf(process.execPath, process.argv[1] ?? 'ringlens', process.cwd()),
    isRoot,
    groups: process.getgroups?.() ?? [],
    capabilities: capEff === undefined ? (isRoot ? ~0n : 0n) : BigInt(`0x${capEff}`),
    inUserNamespace: uidMap !== '' && !isFirstUserNamespace(uidMap),
    seccompMode: seccomp === undefined ? undefined : Number(seccomp),
    lockedMemoryBytes: lockedMemoryLimit(read('/proc/self/limits')),
    tracefs: findTracefs(),
    sysctl(name) {
      const value = Number.parseInt(read(`/proc/sys/${name.replaceAll('.', '/')}`), 10);
      return Number.isNaN(value) ? undefined : value;
    },
    features: once(features),
    tracing: once(() => {
      try {
        return tracing?.();
      } catch {
        return undefined;
      }
    }),
  };
}
