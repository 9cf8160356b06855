import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnnouncer } from './announcer.ts';
import { readSetting, writeSetting } from './storage.ts';
import { formatHash, parseHash, parseSpeed } from './url-state.ts';

describe('the link', () => {
  it('carries what is not as by default', () => {
    expect(formatHash({ theme: 'dark', present: false, speed: 0.01 })).toBe('');
    expect(formatHash({ theme: 'light', present: true, speed: 1 })).toBe('#theme=light&scale=present&speed=real');
  });
  it('is read back', () => {
    for (const state of [
      { theme: 'light', present: true, speed: 0.1 },
      { theme: 'light', present: true, speed: 0.001 },
    ] as const) {
      expect(parseHash(formatHash(state))).toEqual(state);
    }
  });
  it('ignores what it does not know', () => {
    expect(parseHash('#theme=pink&speed=7&x=1')).toEqual({});
  });
  it('names a speed in several ways', () => {
    expect([parseSpeed('1/100'), parseSpeed('0.01'), parseSpeed('REAL'), parseSpeed(null)]).toEqual([0.01, 0.01, 1, undefined]);
  });
});

it('settings without a storage are no error', () => {
  vi.stubGlobal('localStorage', undefined);
  expect(() => writeSetting('theme', 'dark')).not.toThrow();
  expect(readSetting('theme')).toBeNull();
  vi.unstubAllGlobals();
});

describe('the live region', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('says one sentence a second, the newest of each topic', () => {
    const announcer = createAnnouncer(1000);
    announcer.say('enobufs', 'one');
    announcer.say('enobufs', 'two');
    announcer.say('enobufs', 'three');
    announcer.say('lost', 'four');
    const heard = [announcer.text.get()];
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(1000);
      heard.push(announcer.text.get());
    }
    expect(heard).toEqual(['one', 'three', 'four', 'four']);
  });
  it('makes a repeated sentence heard', () => {
    const announcer = createAnnouncer(1000);
    announcer.say('lost', 'again');
    vi.advanceTimersByTime(5000);
    announcer.say('lost', 'again');
    expect(announcer.text.get()).not.toBe('again');
    expect(announcer.text.get().trim()).toBe('again');
  });
});
