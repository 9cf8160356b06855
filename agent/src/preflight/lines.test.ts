/** The states of each line of `ringlens check` beside those that block `live` (preflight.test.ts). */
import { describe, expect, it } from 'vitest';
import type { Environment } from './environment.ts';
import { runChecks } from './registry.ts';
import { ALL, allFeatures, darwin, failing, IPC_LOCK, machine, needsRoot, PERFMON, root, SYS_PTRACE, tracing } from './testing.ts';

/** "note: Mounted nowhere. [type this]"; undefined where the line is left out. */
function line(id: string, environment: Environment): string | undefined {
  const found = runChecks(environment).find((one) => one.id === id);
  if (found === undefined) return undefined;
  const remedy = found.status === 'ok' ? undefined : found.remedy;
  return `${found.status}: ${found.detail}${remedy === undefined ? '' : ` [${remedy}]`}`;
}

const mounted = (readable: boolean) => ({ path: '/sys/kernel/tracing', readable });
const refused = { reason: 'perf_event_open says EACCES (perf_event_paranoid is 2).', remedy: 'sudo setcap …' };
const throughPerf: Partial<Environment> = { tracefs: mounted(true), tracing: tracing(needsRoot, undefined) };

describe('what the kernel is', () => {
  it('is named', () => {
    expect(line('platform', machine())).toBe('ok: Linux 6.18.0');
    expect(line('platform', machine(darwin))).toMatch(/^problem: .* this is darwin/);
  });

  it('leaves out on another system what is of Linux', () => {
    expect(runChecks(machine(darwin)).map(({ id }) => id)).toEqual(['platform']);
  });
});

describe('the features', () => {
  it('are told one by one, with what is lost', () => {
    const old = machine({ features: () => ({ ...allFeatures, bundle: false, incremental: false, sqpoll: false }) });
    expect(line('multishotRecv', old)).toBe('ok: here');
    expect(line('bundle', old)).toBe('note: Not here, so --bundle is refused; it needs Linux 6.10.');
    expect(line('incremental', old)).toMatch(/^note: Not here.* 6\.12\.$/);
    expect(line('sqpoll', old)).toMatch(/^note: Not here/);
    expect(line('bufRing', machine({ features: () => ({ ...allFeatures, bufRing: false }) }))).toMatch(/^problem: .* ring-mapped buffers/);
  });

  it('are left out where no ring can be set up, which the line before says', () => {
    const none = machine({ features: failing('EPERM'), seccompMode: 2 });
    expect(line('ring', none)).toMatch(/^problem: io_uring_setup is refused/);
    expect(line('multishotRecv', none)).toBeUndefined();
    expect(line('bundle', none)).toBeUndefined();
  });
});

describe('the rights of this process', () => {
  it.each<[string, Partial<Environment>, RegExp]>([
    ['no seccomp', { seccompMode: undefined }, /^ok: not in this kernel/],
    ['no filter', { seccompMode: 0 }, /^ok: mode 0/],
    ['a filter that permits', { seccompMode: 2 }, /^ok: mode 2: the filter permits/],
    ['a filter that does not', { seccompMode: 2, features: failing('EPERM') }, /^note: Mode 2: .* may be what refuses/],
  ])('are limited by seccomp: %s', (_, facts, expected) => {
    expect(line('seccomp', machine(facts))).toMatch(expected);
  });

  it.each<[string, Partial<Environment>, string]>([
    ['root', root, 'ok: root: CAP_PERFMON, CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_IPC_LOCK'],
    ['a user', {}, 'note: not root: none of CAP_PERFMON, CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_IPC_LOCK.'],
    [
      'a user with two',
      { capabilities: PERFMON | IPC_LOCK },
      'note: not root: CAP_PERFMON, CAP_IPC_LOCK, but not CAP_SYS_ADMIN, CAP_SYS_PTRACE.',
    ],
    [
      'root of a rootless container',
      { isRoot: true, inUserNamespace: true, capabilities: SYS_PTRACE },
      "note: root, with CAP_SYS_PTRACE, in a user namespace: outside they don't count.",
    ],
  ])('are decoded: %s', (_, facts, expected) => {
    expect(line('capabilities', machine(facts))).toBe(expected);
  });

  it('say how much memory perf may lock, which matters for perf only', () => {
    expect(line('memlock', machine())).toBe('ok: 8 MiB');
    expect(line('memlock', machine({ lockedMemoryBytes: 64 * 1024 }))).toBe('ok: 64 KiB');
    expect(line('memlock', machine({ lockedMemoryBytes: Number.POSITIVE_INFINITY }))).toBe('ok: unlimited');
    expect(line('memlock', machine(throughPerf))).toMatch(/^note: 8 MiB: too little.* \[sudo prlimit --memlock=unlimited --pid \$\$\]$/);
    expect(line('memlock', machine({ ...throughPerf, cpus: 1 }))).toBe('ok: 8 MiB');
    expect(line('memlock', machine({ ...throughPerf, capabilities: IPC_LOCK }))).toBe('ok: 8 MiB');
    expect(line('memlock', machine(throughPerf, { 'kernel.perf_event_paranoid': -1 }))).toBe('ok: 8 MiB');
  });

  it.each<[string, Partial<Environment>, Record<string, number>, RegExp]>([
    ['CAP_SYS_PTRACE', { capabilities: SYS_PTRACE }, { 'kernel.yama.ptrace_scope': 2 }, /^ok: to processes of every user$/],
    ['root of a container', { ...root, inUserNamespace: true }, {}, /^ok: .* in this user namespace$/],
    ['a user without yama', {}, {}, /^note: To processes of this user only\. \[sudo ringlens attach PID\]$/],
    ['scope 1', {}, { 'kernel.yama.ptrace_scope': 1 }, /^note: Only to what ringlens starts .* = 1\)\. \[sudo/],
    ['scope 2', {}, { 'kernel.yama.ptrace_scope': 2 }, /^note: Not without CAP_SYS_PTRACE .* = 2\)\. \[sudo/],
    ['scope 3', root, { 'kernel.yama.ptrace_scope': 3 }, /^note: To no process until the next boot .* = 3\)\.$/],
  ])('say which processes can be looked at: %s', (_, facts, sysctls, expected) => {
    expect(line('ptrace', machine(facts, sysctls))).toMatch(expected);
  });
});

describe("the kernel's tracepoints", () => {
  it('are found in tracefs', () => {
    expect(line('tracefs', machine({ tracefs: mounted(true) }))).toBe('ok: mounted at /sys/kernel/tracing and readable');
    expect(line('tracefs', machine({ tracefs: mounted(false) }))).toMatch(/^note: .* may not read it\.$/);
    expect(line('tracefs', machine())).toBe('note: Mounted nowhere.');
    expect(line('tracefs', machine(root))).toMatch(/^ok: mounted nowhere; ringlens mounts it/);
  });

  it('are guarded by perf_event_paranoid', () => {
    const paranoid = (value: number, facts: Partial<Environment> = {}) =>
      line('perf_event_paranoid', machine(facts, { 'kernel.perf_event_paranoid': value }));
    expect(paranoid(-1)).toBe('ok: -1: everyone may read tracepoints');
    expect(paranoid(2)).toMatch(/^note: 2: without CAP_PERFMON/);
    expect(paranoid(3, { capabilities: PERFMON })).toBe('ok: 3, and this process may read tracepoints');
    expect(line('perf_event_paranoid', machine({ sysctl: () => undefined }))).toMatch(/^note: This kernel has no perf events/);
  });

  it('are told by name where the kernel lacks them, with the price', () => {
    const lacking = (...missing: string[]) => line('tracepoints', machine({ ...root, tracing: tracing(undefined, undefined, missing) }));
    expect(lacking()).toBe('ok: all that ringlens reads');
    expect(lacking('io_uring/io_uring_poll_arm', 'sched/sched_process_fork')).toBe(
      'note: This kernel lacks io_uring_poll_arm (poll arms are inferred), sched_process_fork (children of a traced process are not followed).',
    );
    expect(lacking('io_uring/io_uring_complete.cflags')).toMatch(/lacks io_uring_complete\.cflags \(that field stays 0\)/);
    expect(lacking('io_uring/io_uring_create', 'io_uring/io_uring_submit_req', 'io_uring/io_uring_complete')).toMatch(
      /^note: This kernel has no io_uring tracepoints\.$/,
    );
  });

  it("are not known where tracefs can't be read", () => {
    expect(line('tracepoints', machine())).toMatch(/^note: Not known/);
    const all = ['io_uring/io_uring_poll_arm'];
    expect(line('tracepoints', machine({ tracefs: mounted(false), tracing: tracing(needsRoot, refused, all) }))).toMatch(
      /^note: Not known/,
    );
    expect(line('tracepoints', machine({ tracing: () => undefined }))).toBeUndefined();
  });
});

describe('the back ends', () => {
  const setpriv = /sudo setpriv --reuid=\$\(id -u\) .*--ambient-caps=\+perfmon,\+ipc_lock ringlens live/.source;

  it('are permitted, or left out without an addon', () => {
    expect(line('backend-tracefs', machine(root))).toBe('ok: permitted');
    expect(line('backend-perf', machine(root))).toBe('ok: permitted');
    expect(line('backend-perf', machine({ tracing: () => undefined }))).toBeUndefined();
  });

  it('are refused with reason and remedy', () => {
    expect(line('backend-tracefs', machine())).toBe(
      "note: Not permitted: tracefs can't be written; run as root (mkdir: EACCES). [sudo ringlens live]",
    );
    expect(line('backend-perf', machine())).toMatch(new RegExp(`\\[sudo mount -t tracefs .* && ${setpriv}\\]$`));
    expect(line('backend-perf', machine({ tracefs: mounted(false) }))).toMatch(
      /: this user may not read tracefs\. \[sudo mount -o remount,.* \/sys\/kernel\/tracing && sudo/,
    );
    const readable = machine({ tracefs: mounted(true), tracing: tracing(needsRoot, refused) });
    expect(line('backend-perf', readable)).toMatch(new RegExp(`EACCES \\(perf_event_paranoid is 2\\)\\. \\[${setpriv}\\]$`));
    const paranoid = machine({ capabilities: PERFMON });
    expect(line('backend-perf', paranoid)).toMatch(/\[sudo mount -t tracefs .* tracefs \/sys\/kernel\/tracing\]$/);
  });

  it('need no remedy beside a better one', () => {
    expect(line('backend-perf', machine({ ...root, tracing: tracing(undefined, refused) }))).toMatch(/ tracefs is used\.$/);
    expect(line('backend-tracefs', machine(throughPerf))).toMatch(/ perf is used\.$/);
  });

  it('are refused to root in a container, in a user namespace, and by lockdown', () => {
    const refusedToRoot = { isRoot: true, tracing: tracing(needsRoot, refused, null) };
    expect(line('backend-tracefs', machine(refusedToRoot))).toMatch(/ \[docker run --privileged …\]$/);
    const inUserNamespace = machine({ ...refusedToRoot, capabilities: ALL, inUserNamespace: true });
    expect(line('backend-tracefs', inUserNamespace)).toMatch(/user namespace is not enough: run ringlens outside of it\.$/);
    const lockdown = { reason: "The trace buffers can't be read (EPERM).", remedy: 'Kernel lockdown is on.' };
    const locked = machine({ ...root, tracing: tracing(lockdown, lockdown) });
    expect(line('backend-tracefs', locked)).toBe("note: Not permitted: The trace buffers can't be read (EPERM). Kernel lockdown is on.");
  });
});
