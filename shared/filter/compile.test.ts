import { describe, expect, it } from 'vitest';
import { type EventRecord, type EventTable, tableOf } from '../codec/event-table.ts';
import { RingModel } from '../model/ring-model.ts';
import { Kind, kindName, Provenance } from '../schema/events.ts';
import { CqeFlag, Errno, Opcode, RecvIoprio, SqeFlag } from '../schema/uapi.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import { compileFilter } from './compile.ts';
import { fields } from './fields.ts';
import { parseFilter } from './parser.ts';

/** The events that a filter finds, as "reap 100" (kind, microseconds). */
function found(table: EventTable, text: string): string[] {
  const filter = parseFilter(text);
  if (filter === null) throw new Error('an empty filter');
  const matches = compileFilter(filter);
  const model = new RingModel(table.dictionary);
  const out: string[] = [];
  for (let i = 0; i < table.length; i++) {
    model.apply(table, i);
    if (matches(table, i, model)) out.push(`${kindName(table.kind[i] as number)} ${(table.t[i] as number) / 1000}`);
  }
  return out;
}

const start = `
  ring sq=8 cq=64
  group buffers=4 size=16
  10 connect c0
  11 connect c3
  20 arm c0
  21 arm c3`;
/** Two CQEs on c0, one on c3; the group runs dry on c0, which is armed again; c3's peer closes. */
const run = traceFromText(`${start}
  100 reap c0 16 bid=0 MORE NONEMPTY
  101 reap c3 5 bid=1 MORE
  102 reap c0 16 bid=2 MORE NONEMPTY
  103 reap c0 ENOBUFS
  5200 back 0 c0
  5300 back 1 c3
  5400 arm c0
  5500 reap c3 0
  5600 close c3`);
const ofRun = (text: string): string[] => found(run, text);

describe('what each field finds', () => {
  it.each([
    ['kind=connect', ['connect 10', 'connect 11']],
    ['res<0', ['reap 103']],
    ['res=ENOBUFS', ['reap 103']],
    ['res=-ENOBUFS', ['reap 103']],
    ['res=0', ['reap 5500']],
    ['bytes<16', ['reap 101']],
    ['flags=0x20007', ['reap 102']],
    ['flags.MORE=0', ['reap 103', 'reap 5500']],
    ['flags.SOCK_NONEMPTY=1', ['reap 100', 'reap 102']],
    ['flags.BUFFER=0', ['reap 103', 'reap 5500']],
    ['cause=enobufs', ['reap 103']],
    ['cause=eof', ['reap 5500']],
    ['bid=1', ['replenish 0', 'reap 101', 'replenish 5300']],
    ['bgid=0 kind=submit', ['submit 20', 'submit 21', 'submit 5400']],
    ['bgid=0 cqe', ['reap 100', 'reap 101', 'reap 102', 'reap 103', 'reap 5500']],
    ['free<=1 t>1us', ['reap 102', 'reap 103']],
    ['held>=3', ['reap 102', 'reap 103']],
    ['conn=3', ['connect 11', 'submit 21', 'reap 101', 'replenish 5300', 'reap 5500', 'close 5600']],
    ['conn=c3 cqe', ['reap 101', 'reap 5500']],
    ['fd=13 res>=0', ['reap 101', 'reap 5500']],
    ['ring=2', []],
    ['user_data=0x1003 bid>=0', ['reap 101', 'replenish 5300']],
    ['request=2', ['submit 21', 'reap 101', 'reap 5500']],
    ['shot=2', ['reap 102', 'reap 5500']],
    ['opcode=RECV kind=submit', ['submit 20', 'submit 21', 'submit 5400']],
    ['multishot kind=submit', ['submit 20', 'submit 21', 'submit 5400']],
    ['rearm', ['submit 5400']],
    ['hold>5.1ms', ['replenish 5300']],
    ['hold=5.1ms', ['replenish 5200']],
    ['gap>5ms', ['submit 5400']],
    ['t>=5.5ms', ['reap 5500', 'close 5600']],
    ['provenance=inferred', []],
    ['ambiguous', []],
  ])('%s', (text, events) => {
    expect(ofRun(text)).toEqual(events);
  });

  it('provenance=observed finds everything that was seen', () => {
    expect(ofRun('provenance=observed')).toHaveLength(run.length);
    expect(ofRun('provenance!=observed')).toEqual([]);
    expect(ofRun('provenance=probe thread=0 ring=1')).toHaveLength(run.length);
  });

  it('every field has a value on some event of these traces, or a test of its own', () => {
    const out = new Float64Array(2);
    const seen = new Set(['filled', 'submit_to_complete', 'wake_to_complete', 'complete_to_reap']);
    const model = new RingModel(run.dictionary);
    for (let i = 0; i < run.length; i++) {
      model.apply(run, i);
      for (const f of fields) if (f.get(run, i, model, out)) seen.add(f.name);
    }
    expect(fields.map((f) => f.name).filter((name) => !seen.has(name))).toEqual([]);
  });
});

describe('short forms', () => {
  it.each([
    ['ENOBUFS', 'res=-ENOBUFS'],
    ['MORE', 'flags.MORE=1'],
    ['F_MORE', 'flags.MORE=1'],
    ['!MORE', 'flags.MORE=0'],
    ['not flags.MORE', 'flags.MORE=0'],
    ['SOCK_NONEMPTY', 'flags.SOCK_NONEMPTY=1'],
    ['sock_nonempty', 'flags.SOCK_NONEMPTY=1'],
  ])('%s is %s', (short, long) => {
    expect(ofRun(short)).toEqual(ofRun(long));
    expect(ofRun(short).length).toBeGreaterThan(0);
  });
});

describe('and, or, not', () => {
  it.each([
    ['conn=0 res<0', ['reap 103']],
    ['conn=0 && res<0', ['reap 103']],
    ['res<0 or res=0', ['reap 103', 'reap 5500']],
    ['conn=3 res=5 or conn=0 res<0', ['reap 101', 'reap 103']],
    ['conn=3 (res=5 || res=0)', ['reap 101', 'reap 5500']],
    ['!(bid=0 or bid=1) conn=0', ['reap 102']],
    ['not not res<0', ['reap 103']],
  ])('%s', (text, events) => {
    expect(ofRun(text)).toEqual(events);
  });

  it('an event without the field matches neither a comparison nor its opposite', () => {
    expect(ofRun('cqe bid!=0')).toEqual(['reap 101', 'reap 102']);
    expect(ofRun('cqe !(bid=0)')).toEqual(['reap 101', 'reap 102']);
    expect(ofRun('!MORE').every((event) => event.startsWith('reap'))).toBe(true);
    // The end has no bid, but it has no MORE either, which is enough for `and` to be false.
    expect(ofRun('cqe !(bid=0 MORE)')).toEqual(['reap 101', 'reap 102', 'reap 103', 'reap 5500']);
  });
});

describe('a CQE that both the kernel and the probe tell of', () => {
  const both = traceFromText(`${start}
    100 complete c0 16 bid=0 MORE
    101 complete c0 16 bid=1 MORE
    130 reap c0 16 bid=0 MORE
        reap c0 16 bid=1 MORE
    140 back 0 c0
    200 complete c0 ENOBUFS
    250 reap c0 ENOBUFS`);

  it('is found once, where the kernel posted it', () => {
    expect(found(both, 'res<0')).toEqual(['complete 200']);
    expect(found(both, 'bid=0 t>1us')).toEqual(['complete 100', 'replenish 140']);
  });
  it('is found where it was reaped when the filter names a kind', () => {
    expect(found(both, 'kind=reap res<0')).toEqual(['reap 250']);
  });
  it('has its times', () => {
    expect(found(both, 'submit_to_complete=80us')).toEqual(['complete 100']);
    expect(found(both, 'complete_to_reap>=29us')).toEqual(['reap 130', 'reap 130', 'reap 250']);
    expect(found(both, 'filled=2')).toEqual(['complete 101']);
    expect(found(both, 'provenance=tracepoint')).toEqual(['complete 100', 'complete 101', 'complete 200']);
  });
});

describe('what a snapshot restates', () => {
  it('is no event of a bid, a connection or a group', () => {
    const trace = traceFromText(`${start}
      100 reap c0 16 bid=0 MORE
      200 snapshot bids=1,2,3 held=0:c0:16 armed=c0,c3`);
    for (const text of ['bid=0 t>1us', 'conn=3 t>150us', 'bgid=0 t>150us', 'free>0 t>150us', 'fd>0 t>150us', 'request>0 t>150us'])
      expect(found(trace, text).filter((event) => event.endsWith(' 200'))).toEqual([]);
    expect(found(trace, 'kind=snapshot_bid')).toHaveLength(4);
  });
});

describe('rings of another process', () => {
  const tracepoint = { ring: 4, provenance: Provenance.tracepoint } as const;
  const word = (opcode: number): number => (opcode + 1) << 8;
  const userData = 0xffff_0000_0000_1003n;
  const more = CqeFlag.F_MORE | CqeFlag.F_BUFFER | (7 << 16);
  const events: Partial<EventRecord>[] = [
    { kind: Kind.ring_create, res: 5, a: 8, b: 16 },
    {
      kind: Kind.submit,
      t: 1000,
      userData,
      request: 1,
      res: 9,
      a: Opcode.RECV | (SqeFlag.BUFFER_SELECT << 8) | (RecvIoprio.RECV_MULTISHOT << 16),
      b: 3,
    },
    { kind: Kind.poll_arm, t: 2000, userData, request: 1, res: 9, flags: word(Opcode.RECV) },
    { kind: Kind.wake, t: 3000, userData, request: 1, res: 9, b: word(Opcode.RECV), a: 1 },
    { kind: Kind.complete, t: 4000, userData, request: 1, res: 64, flags: more, a: word(Opcode.RECV), b: 9 },
    { kind: Kind.complete, t: 5000, userData: 8n, request: 2, res: 12, a: word(Opcode.ACCEPT), b: 20 },
    { kind: Kind.complete, t: 6000, userData, request: 1, res: -Errno.ECONNRESET, a: word(Opcode.RECV), b: 9 },
  ];
  const foreign = tableOf(events.map((e) => ({ ...tracepoint, ...e })));

  it.each([
    ['fd=9', ['submit 1', 'poll_arm 2', 'wake 3', 'complete 4', 'complete 6']],
    ['fd=20', ['complete 5']],
    ['opcode=ACCEPT', ['complete 5']],
    ['opcode=recv', ['submit 1', 'poll_arm 2', 'wake 3', 'complete 4', 'complete 6']],
    ['user_data=0xffff000000001003 cqe', ['complete 4', 'complete 6']],
    ['user_data>8 cqe', ['complete 4', 'complete 6']],
    ['user_data<=8', ['complete 5']],
    ['user_data>=0xffff000000001004', []],
    ['conn=3', []],
    ['bgid=3', ['submit 1', 'complete 4', 'complete 6']],
    ['free>=0', []],
    ['bytes>=12', ['complete 4']],
    ['res=12', ['complete 5']],
    ['cause=ECONNRESET', ['complete 6']],
    ['wake_to_complete=1us', ['complete 4']],
    ['ring=4 kind=wake', ['wake 3']],
  ])('%s', (text, expected) => {
    expect(found(foreign, text)).toEqual(expected);
  });
});
