/** The measured cases of MULTISHOT-CASES.md, drawn as text: what each event of a request is linked to. Lines are numbered as events. */
import { describe, expect, it } from 'vitest';
import { tableOf, UserDataDictionary } from '../codec/event-table.ts';
import { Kind, Provenance } from '../schema/events.ts';
import { linkOf, noteOf, seqs, trace } from '../testing/inspect.ts';
import { traceFromText } from '../testing/trace-from-text.ts';
import { causesOf } from './causes.ts';
import { walkableOf } from './walk.ts';

/** Case a_normal, with the application's side: ring 0, group 1 … 9, connect 10. */
const normal = `
ring
group buffers=8 size=64
connect c0
1000 arm c0
1001 poll c0
1048 wake c0
1066 complete c0 10 bid=0 MORE
1068 work
1074 reap c0 10 bid=0 MORE
1080 back 0 c0
1113 wake c0
1119 complete c0 10 bid=1 MORE
1120 work
1122 reap c0 10 bid=1 MORE
1126 wake c0 mask=0
1130 complete c0 0 NONEMPTY
1134 reap c0 0 NONEMPTY
1140 close c0`;
const at = {
  submit: 11,
  arm: 12,
  wake: 13,
  post: 14,
  work: 15,
  reap: 16,
  back: 17,
  wake2: 18,
  post2: 19,
  reap2: 21,
  wake3: 22,
  end: 23,
  endReap: 24,
  close: 25,
};

describe('a multishot that waits (case a)', () => {
  const events = trace(normal);

  it('a post: submit, poll arm, wake, reap, give-back, end', () => {
    const causes = causesOf(events, at.post);
    expect(seqs(causes, 'submit')).toEqual([at.submit]);
    expect(seqs(causes, 'poll_arm')).toEqual([at.arm]);
    expect(seqs(causes, 'wake')).toEqual([at.wake]);
    expect(seqs(causes, 'sibling')).toEqual([]);
    expect(seqs(causes, 'reap')).toEqual([at.reap]);
    expect(seqs(causes, 'buffer_given_back')).toEqual([at.back]);
    expect(seqs(causes, 'buffer_before')).toEqual([2]);
    expect(linkOf(causes, 2)?.words).toContain('for the first time');
    expect(seqs(causes, 'end')).toEqual([at.end]);
    expect(causes.place).toEqual({ number: 1, of: 1 });
    expect(causes.links.every((l) => l.observed === 'observed')).toBe(true);
    expect(linkOf(causes, at.wake)?.t).toBe(1_048_000);
    expect(noteOf(causes, 'next_holder')).toMatch(/who got buffer 0 next: not in the \d+ events looked at/);
  });

  it('its reap: the same links, and the post', () => {
    const causes = causesOf(events, at.reap);
    expect(seqs(causes, 'cqe')).toEqual([at.post]);
    expect(seqs(causes, 'wake')).toEqual([at.wake]);
    expect(seqs(causes, 'buffer_given_back')).toEqual([at.back]);
    expect(causes.links.every((l) => l.observed === 'observed')).toBe(true);
  });

  it('the end: the wake of the state change, and no further submit was found', () => {
    const causes = causesOf(events, at.end);
    expect(seqs(causes, 'wake')).toEqual([at.wake3]);
    expect(seqs(causes, 'reap')).toEqual([at.endReap]);
    expect(seqs(causes, 'end')).toEqual([]);
    expect(noteOf(causes, 'rearm')).toMatch(/^a further request with this user_data: not in the/);
  });

  it('the submit: its poll arm, wakes and CQEs', () => {
    const causes = causesOf(events, at.submit);
    expect(seqs(causes, 'poll_arm')).toEqual([at.arm]);
    expect(seqs(causes, 'wake')).toEqual([at.wake, at.wake3]);
    expect(linkOf(causes, at.wake)?.words).toBe('the first of 3 wakes');
    expect(seqs(causes, 'cqe')).toEqual([at.post, at.post2, at.end]);
    expect(seqs(causes, 'end')).toEqual([at.end]);
  });

  it('a wake: its CQEs; the poll arm: its wakes; work: what it posted', () => {
    const wake = causesOf(events, at.wake2);
    expect([seqs(wake, 'submit'), seqs(wake, 'poll_arm'), seqs(wake, 'cqe')]).toEqual([[at.submit], [at.arm], [at.post2]]);
    const arm = causesOf(events, at.arm);
    expect([seqs(arm, 'submit'), seqs(arm, 'wake'), seqs(arm, 'cqe')]).toEqual([[at.submit], [at.wake, at.wake3], []]);
    const work = causesOf(events, at.work);
    expect(work.links).toMatchObject([{ relation: 'cqe', seq: at.post, observed: 'inferred' }]);
  });

  it('connect and close: first and last recv, and each other', () => {
    const connect = causesOf(events, 10);
    expect([seqs(connect, 'submit'), seqs(connect, 'close')]).toEqual([[at.submit], [at.close]]);
    const close = causesOf(events, at.close);
    expect([seqs(close, 'connect'), seqs(close, 'submit'), seqs(close, 'end')]).toEqual([[10], [at.submit], [at.end]]);
  });

  it('a give-back: who had consumed it', () => {
    const causes = causesOf(events, at.back);
    expect(seqs(causes, 'buffer_before')).toEqual([at.post]);
    expect(causes.links[0]?.observed).toBe('observed');
    expect(noteOf(causes, 'next_holder')).toMatch(/not in the/);
    expect(noteOf(causesOf(events, 2), 'buffer_before')).toMatch(/^none: buffer 0 is given to the kernel for the first time/);
    expect(seqs(causesOf(events, 2), 'next_holder')).toEqual([at.post]);
  });

  it('what belongs to no request has no links', () => {
    expect(causesOf(events, 0)).toMatchObject({ links: [], notes: [] });
  });

  it('an event that is not kept is refused', () => {
    expect(() => causesOf(events, 999)).toThrow(RangeError);
  });
});

describe('CQEs of one wake', () => {
  it('are siblings, up to the next wake (case c_batch)', () => {
    const posts = [0, 1, 2, 3, 4, 5].map((bid) => `complete c0 16 bid=${bid} MORE NONEMPTY`).join('\n');
    const events = trace(`ring\narm c0\npoll c0\nwake c0\n${posts}\ncomplete c0 4 bid=6 MORE\nwork\nwake c0\ncomplete c0 10 bid=7 MORE`);
    const causes = causesOf(events, 6);
    expect(seqs(causes, 'sibling')).toEqual([4, 5, 7, 8, 9, 10]);
    expect(linkOf(causes, 10)?.words).toBe('CQE 7 of 7 of this wake');
    expect(linkOf(causes, 3)?.words).toBe('7 CQEs came of it');
    expect(causes.place).toEqual({ number: 3, of: 7 });
    expect(seqs(causesOf(events, 3), 'cqe')).toEqual([4, 5, 6, 7, 8, 9, 10]);
  });

  it('inline with the submit have no wake, and say so (case d, re-armed with data queued)', () => {
    const events = trace(`ring
arm c0
complete c0 16 bid=0 MORE NONEMPTY
complete c0 16 bid=1 MORE NONEMPTY
complete c0 9 bid=2 MORE
poll c0
wake c0
complete c0 5 bid=3 MORE`);
    const causes = causesOf(events, 3);
    expect(noteOf(causes, 'wake')).toMatch(/^none: it came inline/);
    expect(causes.notes.find((n) => n.relation === 'wake')?.isAbsent).toBe(true);
    expect(seqs(causes, 'sibling')).toEqual([2, 4]);
    expect(linkOf(causes, 5)?.words).toBe('armed only after this CQE, which came inline with the submit');
    expect(causes.place).toEqual({ number: 2, of: 3 });
  });

  it('inline and ended: the poll was never armed (case d_empty_at_submit)', () => {
    const events = trace('ring\narm c0\ncomplete c0 ENOBUFS\nreap c0 ENOBUFS\narm c0\ncomplete c0 ENOBUFS');
    const causes = causesOf(events, 2);
    expect(noteOf(causes, 'poll_arm')).toBe('none: the request was served inline with the submit and ended');
    expect(seqs(causes, 'rearm')).toEqual([4]);
    expect(linkOf(causes, 4)?.words).toBe('armed anew as request 2');
    const submit = causesOf(events, 4);
    expect(seqs(submit, 'end')).toEqual([3, 5]);
    expect(linkOf(submit, 3)?.words).toContain('the request before ended with this CQE, ENOBUFS');
  });

  it('after a full turn: queued again by the kernel, and the wake that the data came with (case k)', () => {
    const turn = (from: number) => Array.from({ length: 33 }, (_, k) => `complete c0 8 bid=${from + k} MORE NONEMPTY`).join('\n');
    const events = trace(
      `ring\narm c0\npoll c0\nwake c0\n${turn(0)}\nwake c0 mask=0\nwork\n${turn(33)}\nwake c0 mask=0\ncomplete c0 8 bid=66 MORE`,
    );
    const second = 4 + 33;
    const third = second + 2 + 33;
    const causes = causesOf(events, third + 1);
    expect(linkOf(causes, third)?.words).toBe('queued again by the kernel after 33 CQEs, so that others have their turn; 1 CQE came of it');
    expect(linkOf(causes, third)?.observed).toBe('observed');
    expect(linkOf(causes, 3)).toMatchObject({ relation: 'wake', observed: 'inferred' });
    expect(causesOf(events, 20).place).toEqual({ number: 17, of: 33 });
  });

  it('a mask of 0 without a full turn is no fairness (case e_close)', () => {
    const causes = causesOf(trace('ring\narm c0\npoll c0\nwake c0 mask=0\ncomplete c0 0 NONEMPTY'), 4);
    expect(linkOf(causes, 3)?.words).toBe('1 CQE came of it');
  });

  it('ready while being armed: the wake comes before its poll arm (case i_poll_first)', () => {
    const events = trace('ring\narm c0\nwake c0 mask=41\npoll c0\ncomplete c0 10 bid=0 MORE');
    expect(linkOf(causesOf(events, 2), 3)?.words).toContain('ready while the poll was being armed');
    expect(seqs(causesOf(events, 4), 'wake')).toEqual([2]);
    expect(seqs(causesOf(events, 4), 'poll_arm')).toEqual([3]);
  });
});

describe('a single shot that waits (case b)', () => {
  it('arms its poll for one wake, and its only CQE is its end', () => {
    const events = trace(`ring
arm c0 single
poll c0 mask=c000004b
wake c0
complete c0 10 bid=0
reap c0 10 bid=0
arm c0 single`);
    const causes = causesOf(events, 4);
    expect(linkOf(causes, 2)?.words).toBe('its poll was armed, for one wake');
    expect(linkOf(causes, 6)).toMatchObject({ relation: 'rearm', words: 'the next request with this user_data, 2' });
    expect(seqs(causes, 'end')).toEqual([]);
  });
});

describe('what was not seen', () => {
  it('without the kernel: no poll arm, no wake can be seen', () => {
    const causes = causesOf(trace('ring\narm c0\nreap c0 10 bid=0 MORE'), 2);
    expect(seqs(causes, 'submit')).toEqual([1]);
    expect(noteOf(causes, 'poll_arm')).toMatch(/can't be seen/);
    expect(causes.notes.some((n) => n.isAbsent)).toBe(false);
    expect(seqs(causes, 'cqe')).toEqual([]);
  });

  it('with poll arms alone traced: wakes can not be seen, CQEs are followed by their reaps', () => {
    const events = trace(`ring
group buffers=1 size=16
arm c0
poll c0
reap c0 10 bid=0 MORE
back 0 c0
reap c0 9 bid=0 MORE`);
    const causes = causesOf(events, 5);
    expect(seqs(causes, 'poll_arm')).toEqual([4]);
    expect(noteOf(causes, 'wake')).toMatch(/only submits, poll arms and overflows/);
    expect(seqs(causes, 'next_holder')).toEqual([7]);
    expect(seqs(causesOf(events, 3), 'cqe')).toEqual([5, 7]);
  });

  it('beyond the bound: not in the events looked at, never absent', () => {
    const many = Array.from({ length: 50 }, () => 'work').join('\n');
    const events = trace(`ring\narm c0\npoll c0\n${many}\ncomplete c0 10 bid=0 MORE\n${many}\nback 0 c0`);
    const near = causesOf(events, 53, { most: 20 });
    expect(near.links).toEqual([]);
    expect(noteOf(near, 'submit')).toBe('the submit of request 1: not in the 20 events looked at');
    expect(noteOf(near, 'wake')).toBe('the wake that led to it: not in the 20 events looked at');
    expect(near.notes.some((n) => n.isAbsent)).toBe(false);
    expect(near.looked).toEqual({ before: 20, after: 20 });
    expect(seqs(causesOf(events, 53), 'submit')).toEqual([1]);
  });

  it('when the time is up', () => {
    const many = Array.from({ length: 9000 }, () => 'work').join('\n');
    let asked = 0;
    const causes = causesOf(trace(`ring\narm c0\n${many}\ncomplete c0 10 bid=0 MORE`), 9002, { isOver: () => ++asked > 0 });
    expect(noteOf(causes, 'submit')).toMatch(/not in the 4,096 events looked at; the time was up$/);
  });

  it('across a loss nothing is called inline', () => {
    const causes = causesOf(trace('ring\narm c0\ndropped 12\ncomplete c0 10 bid=0 MORE'), 3);
    expect(noteOf(causes, 'wake')).toMatch(/^the wake that led to it: not in the/);
    expect(causes.notes.some((n) => n.isAbsent)).toBe(false);
  });

  it('across a loss the last wake and the holder before are inferred', () => {
    const events = trace(`ring
group buffers=1 size=16
arm c0
wake c0
complete c0 9 bid=0 MORE
back 0 c0
dropped 5
complete c0 10 bid=0 MORE`);
    const causes = causesOf(events, 8);
    expect(linkOf(causes, 4)).toMatchObject({ relation: 'wake', observed: 'inferred' });
    expect(linkOf(causes, 5, 'buffer_before')).toMatchObject({ observed: 'inferred' });
    expect(linkOf(causes, 5, 'buffer_before')?.words).toContain('events were lost');
    expect(linkOf(causes, 3)).toMatchObject({ relation: 'submit', observed: 'observed' });
    expect(linkOf(causesOf(events, 5), 4)).toMatchObject({ relation: 'wake', observed: 'observed' });
  });

  it('an event of no request is joined to nothing', () => {
    const causes = causesOf(walkableOf([tableOf([{ ring: 1, kind: Kind.complete, provenance: Provenance.tracepoint }])]), 0);
    expect(causes.links).toEqual([]);
    expect(noteOf(causes, 'submit')).toContain('no request is named');
  });
});

describe('the CQ full (case f)', () => {
  const events = trace(`ring sq=2 cq=4
arm c0
poll c0
wake c0
complete c0 8 bid=0 MORE NONEMPTY
overflowed c0 8 bid=1 NONEMPTY
overflow
reap c0 8 bid=0 MORE NONEMPTY
reap c0 8 bid=1 NONEMPTY
arm c0`);

  it('an overflowed CQE is a CQE: it has a wake, a reap, and ends its request', () => {
    const causes = causesOf(events, 5);
    expect([seqs(causes, 'wake'), seqs(causes, 'sibling'), seqs(causes, 'reap'), seqs(causes, 'rearm')]).toEqual([[3], [4], [8], [9]]);
    expect(seqs(causesOf(events, 4), 'end')).toEqual([5]);
    expect(seqs(causesOf(events, 8), 'cqe')).toEqual([5]);
  });

  it('what the probe saw is linked to the CQEs that found no room', () => {
    expect(seqs(causesOf(events, 6), 'overflow')).toEqual([5]);
    expect(noteOf(causesOf(trace('ring\noverflow'), 1), 'overflow')).toContain('the kernel was not traced');
  });
});

describe('refused at the door (case g)', () => {
  it('submit, refusal and CQE belong together', () => {
    const events = trace('ring\narm c0\nrefused c0 EINVAL\ncomplete c0 EINVAL');
    const causes = causesOf(events, 2);
    expect([seqs(causes, 'submit'), seqs(causes, 'cqe')]).toEqual([[1], [3]]);
  });
});

describe('events in several tables', () => {
  it('are gone through as one trace, wherever the seams are', () => {
    const dictionary = new UserDataDictionary();
    const lines = normal.trim().split('\n');
    const whole = causesOf(walkableOf([traceFromText(normal)]), at.reap2);
    const one = traceFromText(normal, dictionary);
    const cut = [3, 14, 20].map((n, k, all) => [all[k - 1] ?? 0, n] as const).concat([[20, one.length]]);
    const part = (from: number, to: number) => ({ table: one, begin: from, end: to });
    const parts = cut.map(([from, to]) => part(from, to));
    const seamed = {
      first: 0,
      end: one.length,
      forEachChunk(from: number, to: number, visit: (chunk: { table: typeof one }, begin: number, end: number) => void) {
        for (const { table, begin, end } of parts)
          if (Math.max(from, begin) < Math.min(to, end)) visit({ table }, Math.max(from, begin), Math.min(to, end));
      },
    };
    expect(lines.length).toBeGreaterThan(10);
    expect(causesOf(seamed, at.reap2)).toEqual(whole);
  });
});
