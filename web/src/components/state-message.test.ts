import { describe, expect, it } from 'vitest';
import { defaultParams } from '../../../shared/schema/workload-params.ts';
import { foreignPicture, foreignSession } from '../../test/foreign.ts';
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
  it('tells that what was before is being fetched', () => {
    const told = message({ ...open, reading: true }, pictureFromText(armed));
    expect(told).toMatchObject({ kind: 'reading', title: 'Fetching what was before', action: null });
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

describe('the state of another process', () => {
  const session = foreignSession();
  const attached: FeedStatus = { ...open, session };
  const stopped = { code: 'EENDED', message: 'Process 4711 (recv_tcp) has ended.' };
  it('has ended: what is kept, and how to look again', () => {
    expect(message({ ...attached, running: false, stopped }, foreignPicture())).toMatchObject({
      kind: 'ended',
      title: 'Process 4711 (recv_tcp) has ended',
      text: 'Everything up to 00:00.001 is here: pan and inspect it.',
      command: 'ringlens attach --comm recv_tcp',
    });
  });
  it('was started here: the command is what starts it again, with its words kept apart', () => {
    const target = { pid: 1, name: 'server', command: ['./my server', '--port', '0'] };
    const told = message({ ...attached, session: { ...session, source: 'run', target }, running: false, stopped });
    expect(told?.command).toBe("ringlens run -- './my server' --port 0");
  });
  it('tells an error of the trace by its code', () => {
    const told = message({ ...attached, running: false, stopped: { code: 'EIO', message: 'The trace broke' } });
    expect(told).toMatchObject({ title: 'The trace stopped: EIO' });
    expect(told?.text).toContain('The trace broke.');
  });
  it('has no ring yet', () => {
    expect(message(attached)).toMatchObject({ kind: 'noRing', title: 'No ring yet' });
  });
  it('has a ring, and no recv on it', () => {
    const picture = { ...foreignPicture({}, { cursor: 5e3 }) };
    expect(message(attached, picture)).toMatchObject({
      kind: 'noRecv',
      text: '1 ring is open, and no recv was seen on it. A lane shows up with the first one.',
    });
  });
  it('armed and quiet is normal there too, for all lanes of all rings', () => {
    const picture = foreignPicture({ secondRing: true }, { cursor: null });
    const rates = { ...picture.rates, cqes: 0 };
    const told = message(attached, { ...picture, now: 9e9, t1: 9e9, rates });
    expect(told).toMatchObject({ kind: 'quiet', title: 'Armed and quiet' });
    expect(told?.text).toMatch(/^3 requests wait in poll/);
  });
});
