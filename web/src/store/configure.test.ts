import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defaultParams } from '../../../shared/schema/workload-params.ts';
import { createConfigurer, type Send } from './configure.ts';
import { createWorkloadStore, shownParams, told } from './workload.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function made(send: Send = () => Promise.resolve()) {
  const store = createWorkloadStore();
  told(store, defaultParams, '');
  const spy = vi.fn(send);
  return { store, send: spy, configurer: createConfigurer(store, spy, 100) };
}

it('a drag is shown and not sent', () => {
  const { store, send, configurer } = made();
  configurer.preview({ rate: 10 });
  vi.advanceTimersByTime(1000);
  expect(shownParams(store.getState())?.rate).toBe(10);
  expect(send).not.toHaveBeenCalled();
});

it('changes that follow each other go in one message', () => {
  const { send, configurer } = made();
  configurer.change({ rate: 10 });
  vi.advanceTimersByTime(50);
  configurer.change({ rate: 20, hold: 5 });
  vi.advanceTimersByTime(100);
  expect(send.mock.calls).toEqual([[{ type: 'configure', params: { rate: 20, hold: 5 } }]]);
});

it('what the check refuses is not sent', () => {
  const { store, send, configurer } = made();
  configurer.change({ bundle: true, op: 'recvmsg' });
  vi.advanceTimersByTime(100);
  expect(send).not.toHaveBeenCalled();
  expect(store.getState().problems.bundle).toContain('IORING_RECVSEND_BUNDLE');
  expect(shownParams(store.getState())).toEqual(defaultParams);
});

it("the agent's refusal brings the old value back", async () => {
  const { store, configurer } = made(() => Promise.reject(new Error('sqpoll: SQPOLL needs a privilege here.')));
  configurer.change({ sqpoll: true });
  await vi.advanceTimersByTimeAsync(100);
  expect(shownParams(store.getState())?.sqpoll).toBe(false);
  expect(store.getState().problems.sqpoll).toBe('SQPOLL needs a privilege here.');
});

it('a preset drops changes that were not sent yet', async () => {
  const { send, configurer } = made();
  configurer.change({ rate: 10 });
  configurer.preset('quiet');
  await vi.advanceTimersByTimeAsync(1000);
  expect(send.mock.calls).toEqual([[{ type: 'preset', name: 'quiet' }]]);
});
