import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speeds } from '../canvas/playback-clock.ts';
import { formatHash, type LinkState, parseHash } from './url-state.ts';

const whole = fc.nat({ max: 2 ** 31 - 1 });
const links = fc.record(
  {
    theme: fc.constantFrom('light' as const),
    present: fc.constantFrom(true),
    speed: fc.constantFrom(...speeds.filter((s) => s !== 0.01)),
    filter: fc.string({ minLength: 1, maxLength: 60 }),
    ring: whole,
    group: whole,
    event: fc.tuple(fc.nat({ max: 1e15 }), fc.nat({ max: 999_999 })).map(([t, nth]) => `${t}.${nth}`),
  },
  { requiredKeys: [] },
);

describe('a link', () => {
  it('means what it was made of', () => {
    fc.assert(
      fc.property(links, fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 1, max: 2 ** 40 }), (look, t, span) => {
        const link: LinkState = { ...look, t, span };
        expect(parseHash(formatHash(link))).toEqual(link);
      }),
    );
  });

  it('without a moment carries the look only', () => {
    expect(formatHash({ theme: 'light', filter: 'cqe', ring: 3 })).toBe('#theme=light');
    expect(formatHash({ theme: 'dark', present: false, speed: 0.01 })).toBe('');
    expect(parseHash('#theme=light&speed=1/10')).toEqual({ theme: 'light', speed: 0.1 });
  });

  it('is in the address as it was written, so that an address that says the same is left alone', () => {
    fc.assert(
      fc.property(links, fc.constantFrom(...speeds), (look, speed) => {
        const hash = formatHash({ ...look, speed, t: 1, span: 1 });
        expect(new URL(`http://ringlens.test/${hash}`).hash).toBe(hash);
      }),
    );
  });

  it('of any text is read without harm', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        const link = parseHash(`#${text}`);
        expect(link.t === undefined).toBe(link.span === undefined);
      }),
    );
  });

  it('names an event by its time and which of those it is; anything else in its place names none', () => {
    expect(parseHash('#v=1&t=5&span=5&event=1250000000.2')).toEqual({ t: 5, span: 5, event: '1250000000.2' });
    expect(formatHash({ event: '7.0' })).toBe('');
    for (const text of ['', '7', '7.', '-7.0', '7.0.0', 'x.1', '7.1234567']) {
      const link = parseHash(`#v=1&t=5&span=5&event=${text}`);
      expect(link, text).toEqual({ t: 5, span: 5 });
    }
  });

  it('that can not be read says so in a sentence', () => {
    expect(parseHash('#v=2&t=1&span=5').problem).toContain('another version');
    expect(parseHash('#v=2&t=1&span=5').t).toBeUndefined();
    expect(parseHash('#v=1&t=-4&span=5').problem).toContain('a t that is no number');
    expect(parseHash('#v=1&t=5').problem).toContain('only one of t and span');
    expect(parseHash('#v=1&span=5&filter=cqe')).toMatchObject({ filter: 'cqe', problem: expect.stringContaining('only one') });
    expect(parseHash('#v=1&t=5&span=5').problem).toBeUndefined();
  });
});
