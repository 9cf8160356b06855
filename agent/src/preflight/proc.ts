/** Reads what proc(5) prints. Each gives undefined for what isn't there. */

/** The first word behind "Name:" in /proc/PID/status. */
export function statusField(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(\\S+)`, 'm').exec(status)?.[1];
}

/** The soft limit of "Max locked memory" in /proc/PID/limits, bytes. */
export function lockedMemoryLimit(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Where a file system of that type is mounted, from /proc/PID/mounts. A blank in a path is written \040. */
export function mountPoints(mounts: string, type: string): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, point, fs]) => (fs === type && point !== undefined ? [point.replaceAll('\\040', ' ')] : []));
}

/** /proc/PID/uid_map of the first namespace maps every id to itself. */
export function isFirstUserNamespace(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}
