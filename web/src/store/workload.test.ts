import { describe, expect, it } from 'vitest';
import { defaultParams, presetParams } from '../../../shared/schema/workload-params.ts';
import { accepted, createWorkloadStore, paramOfMessage, presetOf, problemOf, propose, refused, shownParams, told } from './workload.ts';

function running() {
  const store = createWorkloadStore();
  told(store, defaultParams, '127.0.0.1:1');
  return store;
}

describe('a change', () => {
  it('shows at once and is settled by what the agent tells', () => {
    const store = running();
    propose(store, { rate: 500 });
    expect(shownParams(store.getState())?.rate).toBe(500);
    expect(store.getState().params?.rate).toBe(1500);
    told(store, { ...defaultParams, rate: 500 }, '127.0.0.1:1');
    expect(store.getState().pending).toEqual({});
  });
  it('stays pending while the agent tells of something else', () => {
    const store = running();
    propose(store, { rate: 500 });
    told(store, { ...defaultParams, hold: 1 }, '127.0.0.1:1');
    expect(shownParams(store.getState())).toMatchObject({ rate: 500, hold: 1 });
  });
  it('that was accepted gives way to the value that the agent chose', () => {
    const store = running();
    propose(store, { rate: 500 });
    accepted(store, { rate: 500 });
    expect(shownParams(store.getState())?.rate).toBe(1500);
  });
  it('made while an older one is answered keeps its newer value', () => {
    const store = running();
    propose(store, { rate: 500 });
    propose(store, { rate: 800 });
    accepted(store, { rate: 500 });
    expect(shownParams(store.getState())?.rate).toBe(800);
  });
  it('that was refused goes back, with the sentence at its control', () => {
    const store = running();
    propose(store, { bundle: true });
    refused(store, { bundle: true }, 'bundle: bundles need bufferKind ring.');
    expect(store.getState()).toMatchObject({ pending: {}, problems: { bundle: 'Bundles need bufferKind ring.' }, refusal: '' });
    propose(store, { bundle: false });
    expect(store.getState().problems).toEqual({});
  });
  it('refused for what another parameter needs is told at the control that was touched', () => {
    const store = running();
    refused(store, { op: 'recvmsg' }, 'incremental: recvmsg headers do not fit into the rest of a buffer; use op recv.');
    expect(store.getState().problems).toEqual({ op: 'incremental: recvmsg headers do not fit into the rest of a buffer; use op recv.' });
  });
  it('refused without a name is told as it is', () => {
    const store = running();
    refused(store, { rate: 1 }, 'The workload is stopping.');
    expect(store.getState().refusal).toBe('The workload is stopping.');
  });
});

describe('names', () => {
  it('finds the parameter that a sentence speaks of', () => {
    expect(paramOfMessage('rate: -1 is not a whole number.')).toBe('rate');
    expect(paramOfMessage('params.rate: expected a number')).toBe('rate');
    expect(paramOfMessage('something: else')).toBeUndefined();
  });
  it('knows a preset by its values', () => {
    expect(presetOf(presetParams('quiet'))).toBe('quiet');
    expect(presetOf({ ...presetParams('quiet'), rate: 5 })).toBeNull();
  });
  it('checks a change before it is sent', () => {
    expect(problemOf(defaultParams, { messageMin: 500 })).toContain('messageMin');
    expect(problemOf(defaultParams, { rate: 5 })).toBeNull();
  });
});
