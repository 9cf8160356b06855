import { describe, expect, it } from 'vitest';
import { CqeFlag, Errno } from '../../../shared/schema/uapi.ts';
import type { CqeRows } from '../feed/picture.ts';
import { decodeRows, fateOf } from './cqe-row.ts';

const { F_BUFFER, F_MORE, F_SOCK_NONEMPTY, F_BUF_MORE } = CqeFlag;
const bid = (n: number): number => (n << 16) | F_BUFFER;

/** [t in µs, slot, res, flags, batch, multishot] a row. */
function rowsOf(list: readonly (readonly [number, number, number, number, number, 0 | 1])[]): CqeRows {
  return {
    length: list.length,
    t: Float64Array.from(list, (r) => r[0] * 1e3),
    slot: Int32Array.from(list, (r) => r[1]),
    res: Int32Array.from(list, (r) => r[2]),
    flags: Uint32Array.from(list, (r) => r[3]),
    seq: Float64Array.from(list, (_, i) => i),
    batch: Uint32Array.from(list, (r) => r[4]),
    multishot: Uint8Array.from(list, (r) => r[5]),
  };
}
const decode = (list: Parameters<typeof rowsOf>[0], bundle = false) =>
  decodeRows(rowsOf(list), 0, list.length, { bufferSize: 64, bundle, names: new Map() });

describe('the fate of a request', () => {
  it('MORE lives on, whatever else is set', () => {
    expect(fateOf(64, bid(3) | F_MORE | F_SOCK_NONEMPTY, true)).toEqual({ kind: 'more', text: 'MORE' });
  });
  it('an empty datagram with a buffer lives on and is not an end of stream', () => {
    expect(fateOf(0, bid(3) | F_MORE, true)?.kind).toBe('more');
    expect(fateOf(0, bid(3), true)?.kind).toBe('absent');
  });
  it('data without MORE ends a multishot request, and is the normal end of a single shot', () => {
    expect(fateOf(64, bid(3), true)).toEqual({ kind: 'absent', text: 'no MORE' });
    expect(fateOf(64, bid(3), false)).toBeNull();
  });
  it('res 0 is the peer closing, an error never', () => {
    expect(fateOf(0, 0, true)?.kind).toBe('closed');
    expect(fateOf(0, F_SOCK_NONEMPTY, false)?.kind).toBe('closed');
  });
  it('errors are named, also those without a name here', () => {
    expect(fateOf(-Errno.ENOBUFS, 0, true)).toEqual({ kind: 'ended', text: 'ENOBUFS' });
    expect(fateOf(-Errno.ECANCELED, 0, false)).toEqual({ kind: 'ended', text: 'ECANCELED' });
    expect(fateOf(-999, 0, true)).toEqual({ kind: 'ended', text: 'errno 999' });
  });
});

describe('a row', () => {
  it('decodes every flag', () => {
    const [row] = decode([[0, 4, 64, bid(0x1d) | F_MORE | F_SOCK_NONEMPTY | F_BUF_MORE, 1, 1]]);
    expect(row).toMatchObject({ conn: 'c4', res: '64', flags: '0x1d0017', bid: '29', bufMore: true, nonEmpty: 'data', error: false });
    expect(row?.title).toBe('c4: 64 B, bid 29; flags 0x1d0017 = F_BUFFER, F_MORE, F_SOCK_NONEMPTY, F_BUF_MORE');
  });
  it('calls NONEMPTY on an end of stream what it is', () => {
    const [row] = decode([[0, 1, 0, F_SOCK_NONEMPTY, 1, 1]]);
    expect(row).toMatchObject({ nonEmpty: 'eof', bid: '', error: false });
  });
  it('marks an error and shows no bid', () => {
    const [row] = decode([[0, 3, -Errno.ENOBUFS, 0, 1, 1]]);
    expect(row).toMatchObject({ error: true, bid: '', res: '-105', title: 'c3: ENOBUFS (-105); flags 0x00000' });
  });
  it('counts the buffers of a bundle, and only of a bundle', () => {
    expect(decode([[0, 0, 200, bid(4) | F_MORE, 1, 1]], true)[0]?.bid).toBe('4 +3');
    expect(decode([[0, 0, 200, bid(4) | F_MORE, 1, 1]])[0]?.bid).toBe('4');
  });
});

describe('the list', () => {
  it('brackets each reap batch and tells the time between CQEs', () => {
    const list = decode([
      [100, 0, 64, bid(1) | F_MORE, 7, 1],
      [100, 1, 64, bid(2) | F_MORE, 7, 1],
      [102.1, 0, 64, bid(3) | F_MORE, 8, 1],
      [2602, 2, 64, bid(4) | F_MORE, 9, 1],
    ]);
    expect(list.map((r) => [r.batchFirst, r.batchLast])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
    expect(list.map((r) => r.delta)).toEqual(['', '', '2.1', '2500']);
  });
  it('takes the rows that are asked for and leaves a bracket open that began above', () => {
    const rows = rowsOf([
      [1, 0, 64, bid(1) | F_MORE, 7, 1],
      [1, 1, 64, bid(2) | F_MORE, 7, 1],
      [9, 0, 64, bid(3) | F_MORE, 8, 1],
    ]);
    const list = decodeRows(rows, 1, 3, { bufferSize: 64, bundle: false, names: new Map() });
    expect(list.map((r) => [r.conn, r.place, r.batchFirst])).toEqual([
      ['c1', 2, false],
      ['c0', 1, true],
    ]);
  });
});
