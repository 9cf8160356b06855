import { describe, expect, it } from 'vitest';
import type { SessionInfo, SourceCapabilities, SourceStats } from '../../../shared/protocol/messages.ts';
import { foreignPicture, foreignSession } from '../../test/foreign.ts';
import { latencyReason, lossesOf, lossLines, notObservable, scopeWords, targetWords, trustWords } from './session-words.ts';

const all = foreignSession();
const arms: SessionInfo = { ...all, capabilities: { ...all.capabilities, kernelScope: 'arms' } };
const live: SessionInfo = { ...all, source: 'live', target: null };
const off: SourceCapabilities = {
  ...all.capabilities,
  kernel: false,
  kernelScope: 'off',
  kernelBackend: '',
  kernelMissing: 'tracefs is not readable',
};

describe('the source in words', () => {
  it('names the process, however it was come by', () => {
    expect(targetWords(all)).toEqual({ how: 'attached to', name: 'recv_tcp', pid: '4711' });
    expect(targetWords({ ...all, source: 'run' })?.how).toBe('started');
    expect(targetWords({ ...all, target: { pid: 9, name: '', command: [] } })).toMatchObject({ name: 'process 9', pid: '' });
    expect(targetWords(live)).toBeNull();
  });
  it('says what is traced', () => {
    expect(scopeWords(all.capabilities)).toBe('all tracepoints, through tracefs');
    expect(scopeWords(arms.capabilities)).toBe('submits, poll arms and overflows only, through tracefs');
  });
  it('never says of another process that it is observed whole', () => {
    expect(trustWords(all)).toMatchObject({ text: 'Kernel observed, app not' });
    expect(trustWords(arms).text).toBe('Arms observed, no CQEs');
    expect(trustWords(live).text).toBe('Poll arms observed');
  });
});

describe('what is not observable', () => {
  it('is reaping, giving back and the size of a group that only CQEs tell of', () => {
    expect(notObservable(all.capabilities, foreignPicture().group)).toEqual([
      'When the app reaps: only its waits and samples of its CQ are seen',
      'When the app gives a buffer back, so also how many are available',
      'The size of the group: at least 3 buffers',
    ]);
  });
  it('is less of a group that the kernel has mapped, and more where only arms are traced', () => {
    expect(notObservable(all.capabilities, foreignPicture({ mapped: true }).group)[1]).toMatch(/^When exactly the app gives a buffer back/);
    expect(notObservable(arms.capabilities, null)[0]).toMatch(/^CQEs, wakes and ends of requests/);
  });
  it('has a reason for each time that is not measured', () => {
    expect(latencyReason('wakeToComplete', all)).toBe('');
    expect(latencyReason('completeToReap', all)).toBe('nobody tells when another process reaps');
    expect(latencyReason('reapToReplenish', all)).toBe('nobody tells when it gives buffers back');
    expect(latencyReason('submitToComplete', arms)).toBe('completions are not traced, only arms');
    expect(latencyReason('completeToReap', { ...live, capabilities: off })).toBe('tracefs is not readable');
    expect(latencyReason('reapToReplenish', { ...live, capabilities: off })).toBe('');
  });
});

describe('what was lost or late', () => {
  const stats: SourceStats = { events: 9, dropped: 2, kernelEvents: 8, kernelLost: 30, kernelLate: 400, workload: null };
  it('is three counts, never added up', () => {
    expect(lossLines(lossesOf(stats, 32)).map(({ text, lost }) => [text, lost])).toEqual([
      ['2 lost by ringlens', true],
      ['30 lost by the kernel', true],
      ['400 late', false],
    ]);
  });
  it('is told by the trace before the first statistics, and not at all where there is none', () => {
    expect(lossLines(lossesOf(null, 5)).map(({ text }) => text)).toEqual(['5 lost by ringlens']);
    expect(lossLines(lossesOf({ ...stats, dropped: 0, kernelLost: 0, kernelLate: 0 }, 0))).toEqual([]);
  });
});
