import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RecvmsgOut, recvmsgOut } from './recvmsg-out.ts';

const header = (namelen: number, controllen: number, payloadlen: number, flags: number): number[] => {
  const view = new DataView(new ArrayBuffer(16));
  [namelen, controllen, payloadlen, flags].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return [...new Uint8Array(view.buffer)];
};
/** 127.0.0.1:41810 */
const inet = [2, 0, 0xa3, 0x52, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
const inet6 = (...groups: number[]): number[] => [10, 0, 0, 80, 0, 0, 0, 0, ...groups.flatMap((g) => [g >> 8, g & 255]), 0, 0, 0, 0];
const decode = (bytes: number[], namelen = 16, controllen = 0): RecvmsgOut => {
  const out = recvmsgOut(Uint8Array.from(bytes), namelen, controllen);
  if ('error' in out) throw new Error(out.error);
  return out;
};
const errorOf = (length: number, namelen: number, controllen: number): string => {
  const out = recvmsgOut(new Uint8Array(length), namelen, controllen);
  return 'error' in out ? out.error : '';
};

describe('the header of a multishot recvmsg', () => {
  it('gives name and payload (case h_recvmsg_udp: 20 bytes, res 52)', () => {
    const out = decode([...header(16, 0, 20, 0), ...inet, ...Array(20).fill(7)]);
    expect(out).toMatchObject({
      address: '127.0.0.1:41810',
      name: { from: 16, to: 32 },
      control: { from: 32, to: 32 },
      payload: { from: 32, to: 52 },
      flagNames: [],
      trouble: [],
    });
  });

  it('says what MSG_TRUNC means (the same case: 200 bytes into a buffer of 128)', () => {
    const out = decode([...header(16, 0, 96, 0x20), ...inet, ...Array(96).fill(7)]);
    expect(out.payload).toEqual({ from: 32, to: 128 });
    expect(out.flagNames).toEqual(['MSG_TRUNC']);
    expect(out.trouble).toEqual(['MSG_TRUNC: the datagram was longer than the room for its payload; its end is lost.']);
  });

  it('counts the room for control data, filled or not', () => {
    const out = decode([...header(16, 8, 3, 0), ...inet, ...Array(24).fill(1), 1, 2, 3], 16, 24);
    expect(out).toMatchObject({ controlRoom: { from: 32, to: 56 }, control: { from: 32, to: 40 }, payload: { from: 56, to: 59 } });
  });

  it('reads IPv6, paths and abstract names', () => {
    const at = (name: number[]): string | null => decode([...header(name.length, 0, 0, 0), ...name], name.length).address;
    expect(at(inet6(0, 0, 0, 0, 0, 0, 0, 1))).toBe('[::1]:80');
    expect(at(inet6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1))).toBe('[2001:db8::1:0:0:1]:80');
    expect(at(inet6(1, 0, 2, 3, 4, 5, 6, 7))).toBe('[1:0:2:3:4:5:6:7]:80');
    expect(at(inet6(0, 0, 0, 0, 0, 0, 0, 0))).toBe('[::]:80');
    expect(at([1, 0, 0x2f, 0x61, 0, 0x62])).toBe('/a');
    expect(at([1, 0, 0, 0x61, 0x0a])).toBe('@a\\x0a');
  });

  it('says in a sentence what is cut off or not decoded', () => {
    expect(decode([...header(128, 0, 0, 0), ...inet]).trouble).toEqual([
      'The name has 128 bytes, there is room for 16: the rest was cut off.',
    ]);
    expect(decode([...header(0, 0, 50, 0), 1, 2], 0).trouble).toEqual([
      'The payload has 50 bytes, there is room for 2: the rest was cut off.',
    ]);
    expect(decode([...header(4, 0, 0, 0), 99, 0, 0, 0], 4)).toMatchObject({
      address: null,
      trouble: ['The name is of family 99, which ringlens does not decode.'],
    });
    expect(decode([...header(4, 0, 0, 0), 2, 0, 0, 0], 4).trouble[0]).toMatch(/needs 8/);
  });

  it('refuses lengths that cannot be, in a sentence', () => {
    expect(errorOf(10, 16, 0)).toMatch(/has 10 bytes.*alone has 16/);
    expect(errorOf(30, 16, 0)).toMatch(/take 32: other lengths were asked for/);
    expect(errorOf(64, -1, 0)).toMatch(/whole numbers/);
    expect(errorOf(64, 0, 1.5)).toMatch(/whole numbers/);
  });

  it('never throws, and its ranges lie in the buffer, in order', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: -2, max: 150 }),
        fc.integer({ min: -2, max: 150 }),
        (bytes, n, c) => {
          const out = recvmsgOut(bytes, n, c);
          if ('error' in out) {
            expect(out.error).toMatch(/\.$/);
            return;
          }
          const edges = [out.header.from, out.header.to, out.name.from, out.name.to, out.control.from, out.control.to, out.payload.from];
          expect(edges).toEqual([...edges].sort((x, y) => x - y));
          expect(out.payload.to).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });
});
