import { describe, expect, it } from 'vitest';
import type { Environment } from './environment.ts';
import { darwin, failing, machine, needsRoot, root, SYS_PTRACE, tracing } from './testing.ts';
import { verdictOf } from './verdict.ts';

function words(environment: Environment): Record<string, string> {
  const entries = verdictOf(environment).lines.map((line) => {
    const remedy = line.status === 'ok' ? undefined : line.remedy;
    return [line.title, `${line.status}: ${line.detail}${remedy === undefined ? '' : ` [${remedy}]`}`] as const;
  });
  return Object.fromEntries(entries);
}

describe('the verdict', () => {
  it('is good for root', () => {
    expect(verdictOf(machine(root))).toMatchObject({ live: true, backend: 'tracefs', attach: true });
    expect(words(machine(root))).toEqual({
      'live workload': 'ok: yes',
      'kernel side observed by': 'ok: tracefs',
      'attach and run': 'ok: yes',
      replay: 'ok: yes, everywhere',
    });
  });

  it('is the probe alone for a user without rights, and says the cure', () => {
    expect(verdictOf(machine())).toMatchObject({ live: true, backend: '', attach: false });
    expect(words(machine())).toEqual({
      'live workload': 'ok: yes',
      'kernel side observed by': 'note: nothing: poll arms are inferred [sudo ringlens live]',
      'attach and run': 'note: no: other processes are seen through the tracepoints only [sudo ringlens attach PID]',
      replay: 'ok: yes, everywhere',
    });
  });

  it('takes perf where tracefs is refused, for processes within reach', () => {
    const perf = { tracing: tracing(needsRoot, undefined) };
    expect(verdictOf(machine(perf))).toMatchObject({ live: true, backend: 'perf', attach: true });
    expect(words(machine(perf))['attach and run']).toBe('ok: yes, for processes of this user');
    expect(words(machine({ ...perf, capabilities: SYS_PTRACE }))['attach and run']).toBe('ok: yes');
    const yama = machine(perf, { 'kernel.yama.ptrace_scope': 1 });
    expect(verdictOf(yama).attach).toBe(false);
    expect(words(yama)['attach and run']).toMatch(/^note: run only: .* \[sudo ringlens attach PID\]$/);
  });

  it('leaves replay where io_uring is refused', () => {
    const refused = machine({ ...root, features: failing('EPERM'), seccompMode: 2 });
    expect(verdictOf(refused)).toMatchObject({ live: false, backend: 'tracefs', attach: false });
    expect(words(refused)).toMatchObject({
      'live workload': 'problem: no: see the problem above [docker run --security-opt seccomp=unconfined …]',
      'attach and run': 'note: no: no ring can be set up here [docker run --security-opt seccomp=unconfined …]',
    });
  });

  it('leaves replay on another system and without the addon', () => {
    expect(verdictOf(machine(darwin))).toMatchObject({ live: false, backend: '', attach: false });
    const unbuilt = machine({ features: failing('EADDONMISSING'), tracing: () => undefined });
    expect(words(unbuilt)).toEqual({
      'live workload': 'problem: no: see the problem above [npm run build]',
      'kernel side observed by': 'note: nothing: poll arms are inferred [npm run build]',
      'attach and run': 'note: no: no ring can be set up here [npm run build]',
      replay: 'ok: yes, everywhere',
    });
  });
});
