import { describe, expect, it } from 'vitest';
import { thisMachine } from './environment.ts';
import { commandOf } from './own-command.ts';
import { isFirstUserNamespace, lockedMemoryLimit, mountPoints, statusField } from './proc.ts';
import { allFeatures, failing } from './testing.ts';

describe('the facts', () => {
  it('are read from what proc(5) prints', () => {
    const status = 'Name:\tSeccomp: 7\nCapEff:\t000001ffffffffff\nSeccomp:\t2\nSeccomp_filters:\t1\n';
    expect(statusField(status, 'Seccomp')).toBe('2');
    expect(statusField(status, 'CapEff')).toBe('000001ffffffffff');
    expect(statusField('Name:\tnode\n', 'Seccomp')).toBeUndefined();
    const limits = (soft: string) => `Limit   Soft Limit   Hard Limit   Units\nMax locked memory         ${soft}   8388608   bytes\n`;
    expect(lockedMemoryLimit(limits('65536'))).toBe(65536);
    expect(lockedMemoryLimit(limits('unlimited'))).toBe(Number.POSITIVE_INFINITY);
    expect(lockedMemoryLimit('')).toBeUndefined();
    expect(mountPoints('proc /proc proc rw 0 0\ntracefs /a\\040b tracefs rw 0 0\n', 'tracefs')).toEqual(['/a b']);
    expect(isFirstUserNamespace('         0          0 4294967295\n')).toBe(true);
    expect(isFirstUserNamespace('         0       1000          1\n')).toBe(false);
  });

  it('try the ring and the tracepoints once, when they are asked for', () => {
    let tries = 0;
    const environment = thisMachine(() => {
      tries++;
      return allFeatures;
    }, failing('EADDONMISSING'));
    expect(tries).toBe(0);
    expect([environment.features(), environment.features(), tries]).toEqual([allFeatures, allFeatures, 1]);
    expect(environment.tracing()).toBeUndefined();
    expect(thisMachine(() => allFeatures).tracing()).toBeUndefined();
    const failed = thisMachine(failing('EPERM'));
    for (const _ of [1, 2]) expect(() => failed.features()).toThrow('EPERM');
  });

  it.each([
    ['/usr/bin/node', '/usr/local/bin/ringlens', '/home/me', 'ringlens'],
    ['/usr/bin/node', '/home/me/ringlens/dist/agent/main.js', '/home/me/ringlens', 'node dist/agent/main.js'],
    ['/usr/bin/node', '/home/me/ringlens/dist/agent/main.js', '/tmp', 'node /home/me/ringlens/dist/agent/main.js'],
    ['/opt/my node/bin/node', '/opt/bin/ringlens', '/tmp', "'/opt/my node/bin/node' /opt/bin/ringlens"],
  ])('name the command that sudo can call again: %s %s in %s', (node, script, folder, command) => {
    expect(commandOf(node, script, folder)).toBe(command);
  });
});
