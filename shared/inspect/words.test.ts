import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventRecord, eventAt, tableOf } from '../codec/event-table.ts';
import { Kind, kinds, NO_GROUP, Provenance, RequestFlag } from '../schema/events.ts';
import { CqeFlag, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import { anyEvent } from '../testing/any-event.ts';
import { epollNames, flagBits, ioprioBits, pollArmWords, wakeWords } from './bits.ts';
import { rawCqe, rawSqe } from './bytes.ts';
import { errnoWords, requestWords, sentenceOfEvent, sentenceParts } from './words.ts';

const event = (e: Partial<EventRecord>): EventRecord => eventAt(tableOf([{ ring: 1, ...e }]), 0);

describe('the bytes of a CQE', () => {
  it('are those of struct io_uring_cqe, field by field', () => {
    const { bytes, hex, fields } = rawCqe(0x1000n, 64, 0x80007);
    expect(hex).toBe('00 10 00 00 00 00 00 00  40 00 00 00  07 00 08 00');
    expect([...bytes]).toEqual([0, 16, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 7, 0, 8, 0]);
    expect(fields.map((f) => [f.name, f.from, f.to, f.words])).toEqual([
      ['user_data', 0, 8, '0x1000'],
      ['res', 8, 12, '64'],
      ['flags', 12, 16, '0x80007 = F_BUFFER, F_MORE, F_SOCK_NONEMPTY, bid 8'],
    ]);
  });

  it('hold any value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer(), fc.integer({ min: 0, max: 0xffffffff }), (ud, res, flags) => {
        const view = new DataView(rawCqe(ud, res, flags).bytes.buffer);
        expect(view.getBigUint64(0, true)).toBe(ud);
        expect(view.getInt32(8, true)).toBe(res);
        expect(view.getUint32(12, true)).toBe(flags);
      }),
    );
  });

  it('tell an errno by its name', () => {
    expect(rawCqe(0xd1n, -105, 0).fields[1]).toMatchObject({ hex: '97 ff ff ff', words: '-105 = ENOBUFS', value: -105n });
  });
});

describe('the flags of a CQE', () => {
  it('are known bits, set or not, and the bid', () => {
    const fields = flagBits(0x80007);
    expect(fields.filter((f) => f.value !== 0).map((f) => f.name)).toEqual(['F_BUFFER', 'F_MORE', 'F_SOCK_NONEMPTY', 'bid']);
    expect(fields.find((f) => f.name === 'bid')).toMatchObject({ from: 16, to: 31, value: 8, doc: "The buffer's id is 8." });
    expect(fields.find((f) => f.name === 'F_BUF_MORE')).toMatchObject({ from: 4, to: 4, value: 0, known: true });
  });

  it('have no bid without F_BUFFER: a high bit is unknown then', () => {
    const fields = flagBits(0x80004);
    expect(fields.map((f) => f.name)).not.toContain('bid');
    expect(fields.at(-1)).toMatchObject({ name: 'bit 19', from: 19, known: false, value: 1 });
  });

  it('name every bit that is set, once, and put the word together again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (flags) => {
        let word = 0n;
        let last = -1;
        for (const { from, to, value } of flagBits(flags)) {
          expect(from).toBeGreaterThan(last);
          last = to;
          word |= BigInt(value) << BigInt(from);
        }
        expect(word).toBe(BigInt(flags));
      }),
    );
  });
});

describe('the bytes of an SQE', () => {
  const a = Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | ((RecvIoprio.RECV_MULTISHOT | RecvIoprio.RECVSEND_POLL_FIRST) << 16);

  it('are all told by the probe, but for those that no event has', () => {
    const sqe = rawSqe(event({ kind: Kind.submit, userData: 0x1003n, res: 9, flags: 0x40, a, b: 7 }));
    expect(sqe?.bytes.length).toBe(64);
    const told = sqe?.fields.filter((f) => f.value !== null).map((f) => [f.name, f.from, f.hex, f.words]);
    expect(told).toEqual([
      ['opcode', 0, '1b', 'RECV'],
      ['flags', 1, '20', 'BUFFER_SELECT'],
      ['ioprio', 2, '03 00', 'RECVSEND_POLL_FIRST | RECV_MULTISHOT'],
      ['fd', 4, '09 00 00 00', '9'],
      ['msg_flags', 28, '40 00 00 00', 'MSG_DONTWAIT'],
      ['user_data', 32, '03 10 00 00 00 00 00 00', '0x1003'],
      ['buf_group', 40, '07 00', 'bgid 7'],
    ]);
    const untold = sqe?.fields.filter((f) => f.value === null) ?? [];
    expect(untold.map((f) => [f.name, f.from, f.to])).toEqual([
      ['off', 8, 16],
      ['addr', 16, 24],
      ['len', 24, 28],
      ['personality', 42, 44],
      ['optlen', 44, 48],
      ['addr3', 48, 56],
      ['pad', 56, 64],
    ]);
    for (const field of untold) expect(field.hex).toMatch(/^··( ··)*$/);
    expect(sqe?.told.reduce((sum, byte) => sum + byte, 0)).toBe(1 + 1 + 2 + 4 + 4 + 8 + 2);
  });

  it('of a traced submit without its SQE: what the tracepoint has not told is no zero', () => {
    const sqe = rawSqe(
      event({
        kind: Kind.submit,
        provenance: Provenance.tracepoint,
        userData: 0xa1n,
        res: -1,
        a: Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16),
        b: NO_GROUP,
      }),
    );
    expect(sqe?.fields.filter((f) => f.value !== null).map((f) => f.name)).toEqual(['opcode', 'flags', 'user_data']);
    expect(sqe?.fields.find((f) => f.name === 'ioprio')).toMatchObject({
      hex: '·· ··',
      words: 'not in the trace, but RECV_MULTISHOT is known',
    });
  });

  it('of a refused SQE: opcode, flags, user_data and buf_group', () => {
    const sqe = rawSqe(
      event({ kind: Kind.req_failed, provenance: Provenance.tracepoint, userData: 0x90n, res: -22, flags: 0x20, a: Opcode.RECV, b: 7 }),
    );
    expect(sqe?.fields.filter((f) => f.value !== null).map((f) => f.name)).toEqual(['opcode', 'flags', 'user_data', 'buf_group']);
  });

  it('exist for no other event', () => {
    for (const kind of Object.values(Kind)) {
      const has = kind === Kind.submit || kind === Kind.request_found || kind === Kind.req_failed;
      expect(rawSqe(event({ kind })) !== null).toBe(has);
    }
  });

  it('have the bits of their own opcode in ioprio', () => {
    expect(ioprioBits(1, Opcode.ACCEPT).map((f) => f.name)).toEqual(['ACCEPT_MULTISHOT']);
    expect(ioprioBits(1, Opcode.NOP)).toMatchObject([{ name: 'bit 0', known: false }]);
    expect(ioprioBits(0x8002, Opcode.RECV).filter((f) => f.value !== 0)).toMatchObject([{ name: 'RECV_MULTISHOT' }, { name: 'bit 15' }]);
  });
});

describe('masks', () => {
  it('tell multishot from single shot by EPOLLONESHOT (measured: 0x8000004b, 0xc000004b)', () => {
    expect(epollNames(0x8000004b)).toEqual(['EPOLLIN', 'EPOLLPRI', 'EPOLLERR', 'EPOLLRDNORM', 'EPOLLET']);
    expect(pollArmWords(0x8000004b)).toContain('(multishot)');
    expect(pollArmWords(0xc000004b)).toContain('(single shot)');
    expect(epollNames(0x9000004b)).toContain('EPOLLEXCLUSIVE');
  });

  it('tell why a wake came (measured: c3, 0, 8, 41)', () => {
    expect(wakeWords(0xc3)).toBe('EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND: data came');
    expect(wakeWords(0x41)).toContain('while it was being armed');
    expect(wakeWords(8)).toContain('an error or a shutdown');
    expect(wakeWords(0)).toMatch(/closed or reset.*cancelled.*queued it again/);
    expect(wakeWords(0, true)).toContain('so that others have theirs');
    expect(epollNames(0x800)).toEqual(['bit 11']);
  });
});

describe('sentences', () => {
  const cqe = (res: number, flags: number, more: Partial<EventRecord> = {}): EventRecord =>
    event({
      kind: Kind.complete,
      provenance: Provenance.tracepoint,
      userData: 0x1000n,
      res,
      flags,
      a: RequestFlag.multishot | ((Opcode.RECV + 1) << 8),
      b: 9,
      ...more,
    });

  it('of a CQE say bytes, buffer, and whether the request lives on', () => {
    expect(sentenceOfEvent(cqe(64, 0x80007), { name: 'c0' })).toBe(
      'The kernel posted 64 bytes for c0, in buffer 8. The request lives on (F_MORE) and the socket holds more (F_SOCK_NONEMPTY).',
    );
    expect(sentenceOfEvent(cqe(-105, 0))).toBe(
      'The kernel posted ENOBUFS (-105): the buffer group had no buffer available, for user_data 0x1000. The request has ended.',
    );
  });

  it('of an end by the peer say that NONEMPTY is no data (case e_close)', () => {
    expect(sentenceOfEvent(cqe(0, CqeFlag.F_SOCK_NONEMPTY), { name: 'c2' })).toBe(
      'The kernel posted 0 bytes for c2: the peer closed (or, of a datagram socket, sent an empty one), and the request has ended. F_SOCK_NONEMPTY says that the end waits, not data.',
    );
  });

  it('of an overflow say that the CQE is on the list and the request over (case f_overflow)', () => {
    expect(sentenceOfEvent(cqe(8, 0x40005, { kind: Kind.cqe_overflow }), { name: 'c0' })).toBe(
      'The CQ was full; the kernel put on its overflow list 8 bytes for c0, in buffer 4. F_MORE is not set: the request has ended, the CQ was full. The socket holds more (F_SOCK_NONEMPTY).',
    );
  });

  it('do not call the last CQE of a single shot an end of a multishot', () => {
    const reap = event({ kind: Kind.reap, userData: 0x1000n, res: 10, flags: CqeFlag.F_BUFFER });
    expect(sentenceOfEvent(reap, { name: 'c0' })).toContain('the only or the last CQE of its request');
    expect(sentenceOfEvent(reap, { name: 'c0', multishot: true })).toContain('the request has ended, this was its last data');
  });

  it('have strong parts that together are the sentence', () => {
    const parts = sentenceParts(cqe(64, 0x80007), { name: 'c0' });
    expect(parts.filter((p) => p.strong).map((p) => p.text)).toEqual(['64 bytes', 'buffer 8', 'lives on', 'holds more']);
    expect(parts.map((p) => p.text).join('')).toBe(sentenceOfEvent(cqe(64, 0x80007), { name: 'c0' }));
  });

  it('exist for every kind, and for one that is not known', () => {
    for (const [name, { code }] of Object.entries(kinds)) {
      const text = sentenceOfEvent(event({ kind: code }));
      expect(text, name).toMatch(/^[A-Z].*\.$/s);
      expect(text).not.toMatch(/\*\*|undefined|NaN/);
    }
    expect(sentenceOfEvent(event({ kind: 250 }))).toContain('a newer ringlens');
  });

  it('never fail, whatever the event holds', () => {
    fc.assert(
      fc.property(anyEvent, (e) => {
        expect(sentenceOfEvent(e)).not.toMatch(/\*\*|undefined|NaN/);
        rawSqe(e);
      }),
    );
  });

  it('decode errnos and request words', () => {
    expect(errnoWords(-999)).toBe('errno 999 (-999)');
    expect(requestWords(((Opcode.RECV + 1) << 8) | RequestFlag.multishot | RequestFlag.older)).toBe(
      'RECV, multishot, older than the trace',
    );
    expect(requestWords(0)).toBe('');
  });
});
