import { describe, expect, it } from 'vitest';
import { Kind, kindName, kinds, recordLayout } from './events.ts';
import { bidOf, cqeFlagNames, errnoName, opcodeName } from './uapi.ts';
import { checkParam, checkParams, defaultParams, paramNames, presetNames, presetParams, workloadParams } from './workload-params.ts';

describe('events', () => {
  it('names every code and back', () => {
    for (const name of Object.keys(kinds) as (keyof typeof kinds)[]) expect(kindName(Kind[name])).toBe(name);
    expect(kindName(250)).toBeUndefined();
  });

  it('has a record whose fields do not overlap', () => {
    const size = { u64: 8, u32: 4, i32: 4, u16: 2, u8: 1 };
    let end = 0;
    for (const { offset, type } of Object.values(recordLayout.fields)) {
      expect(offset).toBe(end);
      end += size[type];
    }
    expect(end).toBeLessThanOrEqual(recordLayout.size);
  });
});

describe('uapi', () => {
  it('reads a CQE’s flags word', () => {
    expect(cqeFlagNames(0x30007)).toEqual(['F_BUFFER', 'F_MORE', 'F_SOCK_NONEMPTY']);
    expect(bidOf(0x30007)).toBe(3);
    expect(bidOf(0x30006)).toBe(-1);
    expect([errnoName(-105), errnoName(999), opcodeName(27)]).toEqual(['ENOBUFS', 'errno 999', 'RECV']);
  });
});

describe('workload parameters', () => {
  it('have defaults and presets that are good', () => {
    expect(checkParams(defaultParams)).toEqual([]);
    for (const name of presetNames) expect(checkParams(presetParams(name))).toEqual([]);
  });

  it('take their limits and refuse what lies beyond, with the name in the sentence', () => {
    for (const name of paramNames) {
      const spec = workloadParams[name];
      if (spec.type !== 'int') continue;
      expect(checkParam(name, spec.min)).toBeUndefined();
      expect(checkParam(name, spec.min - 1)?.message).toMatch(new RegExp(`^${name}: .* is not `));
      expect(checkParam(name, spec.max + 1)?.path).toBe(name);
      expect(checkParam(name, spec.min + 0.5)?.path).toBe(name);
    }
    expect(checkParam('buffers', 48)?.message).toMatch(/power of two/);
    expect(checkParam('mode', 'double')?.message).toMatch(/multishot, single/);
    expect(checkParam('load', 1)?.message).toMatch(/true or false/);
  });

  it.each([
    [{ messageMin: 500 }, 'messageMin'],
    [{ transport: 'udp', messageMax: 65508 }, 'messageMax'],
    [{ incremental: true, bufferKind: 'legacy' }, 'incremental'],
    [{ bundle: true, op: 'recvmsg' }, 'bundle'],
    [{ op: 'recvmsg', bufferSize: 32 }, 'bufferSize'],
    [{ app: 'echo', transport: 'udp' }, 'app'],
    [{ sqpoll: true, deferTaskrun: true }, 'sqpoll'],
    [{ cqEntries: 32 }, 'cqEntries'],
  ] as const)('refuse %j at %s', (change, path) => {
    expect(checkParams({ ...defaultParams, ...change }).map((p) => p.path)).toContain(path);
  });
});
