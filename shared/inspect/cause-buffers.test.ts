/** Who has a buffer, before and after, in the measured cases; and what of another process can be told. Lines are numbered as events. */
import { describe, expect, it } from 'vitest';
import { type EventRecord, tableOf, UserDataDictionary } from '../codec/event-table.ts';
import { Kind, NO_GROUP, Provenance, RequestFlag } from '../schema/events.ts';
import { CqeFlag, Opcode, SqeFlag } from '../schema/uapi.ts';
import { linkOf, noteOf, seqs, trace } from '../testing/inspect.ts';
import { causesOf } from './causes.ts';
import { walkableOf } from './walk.ts';

describe('buffers', () => {
  it('go from holder to holder (case d_partial_refill)', () => {
    const events = trace(`ring
group buffers=1 size=16
connect c0
connect c1
arm c0
arm c1
complete c0 16 bid=0 MORE
reap c0 16 bid=0 MORE
back 0 c0
complete c1 5 bid=0 MORE
reap c1 5 bid=0 MORE
back 0 c1
complete c0 7 bid=0 MORE`);
    const [first, reap, back, second, , back2, third] = [7, 8, 9, 10, 11, 12, 13] as const;
    const causes = causesOf(events, second);
    expect(seqs(causes, 'buffer_before')).toEqual([first, back]);
    expect(seqs(causes, 'buffer_given_back')).toEqual([back2]);
    expect(seqs(causes, 'next_holder')).toEqual([third]);
    expect(seqs(causesOf(events, reap), 'next_holder')).toEqual([second]);
    expect(seqs(causesOf(events, back), 'next_holder')).toEqual([second]);
    expect(causes.links.every((l) => l.observed === 'observed')).toBe(true);
  });

  it('of a bundle that names another bid: found by the order of give-backs, inferred (case j_bundle)', () => {
    const events = trace(`ring
group buffers=4 size=16
connect c0
arm c0 bundle
complete c0 40 bid=0 MORE
reap c0 40 bid=0 MORE
back 0 c0
back 1 c0
back 2 c0
complete c0 10 bid=3 MORE
complete c0 30 bid=0 MORE`);
    const [bundle, , back0, back1, , , again] = [8, 9, 10, 11, 12, 13, 14] as const;
    const causes = causesOf(events, bundle);
    expect(causes.notes.map((n) => n.words)).toContainEqual('by its length it filled buffers 0, 1, 2 (inferred: it names the first one)');
    expect(seqs(causes, 'buffer_given_back')).toEqual([back0, back1, 12]);
    expect(causes.links.filter((l) => l.relation === 'buffer_given_back').map((l) => l.observed)).toEqual([
      'observed',
      'inferred',
      'inferred',
    ]);
    const second = causesOf(events, back1);
    expect(linkOf(second, bundle)).toMatchObject({ relation: 'buffer_before', observed: 'inferred' });
    expect(linkOf(second, again)).toMatchObject({ relation: 'next_holder', observed: 'inferred' });
  });

  it('incremental: pieces before and behind, and no give-back between (case j_inc)', () => {
    const events = trace(`ring
group buffers=2 size=64 inc
connect c0
arm c0
complete c0 20 bid=0 MORE BUF_MORE
complete c0 20 bid=0 MORE BUF_MORE
complete c0 24 bid=0 MORE
reap c0 20 bid=0 MORE BUF_MORE
reap c0 20 bid=0 MORE BUF_MORE
reap c0 24 bid=0 MORE
back 0 c0`);
    const causes = causesOf(events, 7);
    expect(linkOf(causes, 8, 'next_holder')?.words).toBe('the next piece, in the same buffer 0');
    expect(noteOf(causes, 'buffer_given_back')).toContain('the kernel goes on in buffer 0');
    // Two reaps that look alike: told apart by their order.
    expect(seqs(causes, 'reap')).toEqual([10]);
    expect(seqs(causesOf(events, 9), 'cqe')).toEqual([6]);
    expect(seqs(causesOf(events, 10), 'cqe')).toEqual([7]);
    expect(seqs(causesOf(events, 8), 'buffer_given_back')).toEqual([12]);
    expect(linkOf(causesOf(events, 8), 7, 'buffer_before')?.words).toContain('the piece before it');
  });
});

describe('another process', () => {
  const dictionary = new UserDataDictionary();
  const of = (kind: keyof typeof Kind, e: Partial<EventRecord>): Partial<EventRecord> => ({
    ring: 3,
    kind: Kind[kind],
    provenance: Provenance.tracepoint,
    userData: 0xa1n,
    request: 1,
    ...e,
  });
  const multishot = Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (2 << 16);
  const cqe = (res: number, bid: number, e: Partial<EventRecord> = {}): Partial<EventRecord> =>
    of('complete', { res, flags: (bid << 16) | CqeFlag.F_BUFFER | CqeFlag.F_MORE, ...e });

  it('reaps and give-backs are seen by nobody: it is said, and the next holder implies one', () => {
    const events = walkableOf([
      tableOf(
        [
          of('submit', { res: 7, a: multishot, b: 5 }),
          of('poll_arm', {}),
          of('wake', { a: 0xc3 }),
          cqe(10, 0),
          of('wake', { a: 0xc3 }),
          cqe(9, 0),
        ],
        dictionary,
      ),
    ]);
    const causes = causesOf(events, 3);
    expect(noteOf(causes, 'reap')).toContain('another process');
    expect(noteOf(causes, 'buffer_given_back')).toBe('buffer 0 was given back before event 5 consumed it again; nobody saw when');
    expect(linkOf(causes, 5)).toMatchObject({ relation: 'next_holder', observed: 'observed' });
  });

  it('a request that is older than the trace: its first CQE is not called inline', () => {
    const found = of('request_found', { provenance: Provenance.inferred, res: 7, a: multishot, b: 5 });
    const causes = causesOf(walkableOf([tableOf([found, cqe(10, 0), of('wake', { a: 0xc3 }), cqe(9, 1)], dictionary)]), 1);
    expect(linkOf(causes, 0)).toMatchObject({ relation: 'submit', observed: 'inferred' });
    expect(linkOf(causes, 0)?.words).toContain('older than the trace');
    expect(noteOf(causes, 'wake')).toMatch(/^the wake that led to it: not in the/);
    expect(causes.notes.some((n) => n.isAbsent)).toBe(false);
  });

  it('requests that share a user_data: what is joined by it is inferred', () => {
    const events = walkableOf([
      tableOf(
        [
          of('submit', { res: 7, a: multishot, b: NO_GROUP }),
          of('wake', { b: RequestFlag.ambiguous }),
          cqe(10, 0, { a: RequestFlag.ambiguous }),
        ],
        dictionary,
      ),
    ]);
    expect(linkOf(causesOf(events, 2), 1)).toMatchObject({ observed: 'inferred' });
  });

  it('groups of one ring that use the same bid are told apart by the submits', () => {
    const submit = (request: number, b: number) => of('submit', { userData: BigInt(request), request, res: 7, a: multishot, b });
    const post = (request: number) => cqe(10, 4, { userData: BigInt(request), request });
    const events = walkableOf([tableOf([submit(1, 5), submit(2, 6), post(1), post(2), post(1)], dictionary)]);
    expect(seqs(causesOf(events, 2), 'next_holder')).toEqual([4]);
    expect(seqs(causesOf(events, 3), 'buffer_before')).toEqual([]);
  });
});
