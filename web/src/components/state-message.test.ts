import { describe, expect, it } from 'vitest';
import { defaultParams } from '../../../shared/schema/workload-params.ts';
import { pictureFromText } from '../../test/picture-from-text.ts';
import { type FeedStatus, initialStatus } from '../feed/feed.ts';
import { sendCommand, splitCommand, stateMessage } from './state-message.ts';

const armed = `
  ring sq=8 cq=64
  group buffers=4 size=16
  connect c0
  connect c1
  arm c0
  arm c1
  1000 reap c0 9 bid=0 MORE
`;
const open: FeedStatus = { ...initialStatus, connection: { state: 'open', rttMs: 0.4 }, running: true };
const gone: FeedStatus = { ...open, connection: { state: 'gone', retryInS: 3, sinceWallMs: 0 } };
const message = (status: FeedStatus, picture: ReturnType<typeof pictureFromText> | null = null) =>
  stateMessage(status, picture, 'localhost:7117');

describe('the state of the source', () => {
  it('is nothing to tell while data comes', () => {
    expect(message(open, pictureFromText(armed))).toBeNull();
  });
  it('asks first', () => {
    expect(message(initialStatus)).toMatchObject({ kind: 'connecting', action: null, text: 'Asking at localhost:7117.' });
  });
  it('tells how to start an agent where there is none', () => {
    expect(message(gone)).toMatchObject({ kind: 'unreachable', command: 'npm start', action: 'connect' });
  });
  it('keeps the picture when the agent goes, and counts down', () => {
    const told = message(gone, pictureFromText(armed));
    expect(told).toMatchObject({ kind: 'gone', title: 'Agent gone, picture kept', action: 'connect' });
    expect(told?.text).toBe('Everything up to 00:00.001 is here: pan and inspect it. Trying again in 3 s.');
  });
  it('asks for a reload when the versions differ', () => {
    expect(message({ ...open, connection: { state: 'reload', agentVersion: '9.0.0' } })).toMatchObject({
      kind: 'reload',
      action: 'reload',
    });
  });
  it('hands on why the workload stopped, with the command', () => {
    const told = message({
      ...open,
      running: false,
      stopped: { code: 'EPERM', message: 'kernel.io_uring_disabled is 2; type: sudo sysctl kernel.io_uring_disabled=0' },
    });
    expect(told).toMatchObject({
      title: 'The workload stopped: EPERM',
      text: 'kernel.io_uring_disabled is 2.',
      command: 'sudo sysctl kernel.io_uring_disabled=0',
    });
  });
  it('tells how to send something when nobody is connected', () => {
    const alone = pictureFromText('ring sq=8 cq=64\ngroup buffers=4 size=16\nconnect c0\narm c0\n1000 close c0', { nowNs: 9e9 });
    const told = message({ ...open, params: defaultParams, listen: '127.0.0.1:45123' }, alone);
    expect(told).toMatchObject({ kind: 'unconnected', command: 'echo hello | nc -N 127.0.0.1 45123' });
    expect(sendCommand('/tmp/x.sock', 'unix')).toBe('echo hello | nc -NU /tmp/x.sock');
    expect(sendCommand('127.0.0.1:9', 'udp')).toBe('echo hello | nc -uw1 127.0.0.1 9');
  });
  it('says that armed and quiet is normal', () => {
    const told = message(open, pictureFromText(armed, { nowNs: 12.001e9 }));
    expect(told).toMatchObject({ kind: 'quiet', title: 'Armed and quiet', action: null });
    expect(told?.text).toBe('2 requests wait in poll and cost nothing. No data for 12.0 s is not an error.');
  });
});

it('a sentence without a command stays as it is', () => {
  expect(splitCommand('The ring was closed.')).toEqual({ text: 'The ring was closed.', command: '' });
});
