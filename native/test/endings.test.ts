/** Connections of other programs, and every way in which a request ends. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { CqeFlag, Errno } from '../../shared/schema/uapi.ts';
import type { WorkloadParams } from '../../shared/schema/workload-params.ts';
import { isKind, isRecv, isRecvReap, Run, slotOf } from './harness.ts';
import { checkLaws } from './laws.ts';

const quiet: Partial<WorkloadParams> = { load: false, buffers: 16, bufferSize: 64, hold: 100 };
const portOf = (run: Run): number => Number(run.workload.listen.split(':')[1]);

async function dial(run: Run): Promise<Socket> {
  const socket = connect(portOf(run), '127.0.0.1');
  socket.on('error', () => {});
  const connections = run.kind('connect').length;
  await Promise.all([once(socket, 'connect'), run.seen('connect', () => true, connections + 1)]);
  return socket;
}
const received = (run: Run): number => run.events.filter(isRecvReap).reduce((sum, e) => sum + Math.max(0, e.res), 0);

test('another program can connect, send and go; its slot comes again with the next epoch', async () => {
  const run = new Run(quiet);
  const first = await dial(run);
  first.write('x'.repeat(500));
  await run.until((r) => received(r) === 500);
  first.end();
  await run.seen('close');
  const second = await dial(run);
  second.write('hello');
  await run.until((r) => received(r) === 505);
  second.destroy();
  await run.seen('close', () => true, 2);
  const stats = await run.finish();
  checkLaws(run, stats);
  expect(run.kind('connect').map((e) => e.userData)).toEqual([0x1000n, 0x11000n]);
  // EOF: the last CQE of each recv has res 0 and no F_MORE.
  const last = run.events.filter((e) => isRecvReap(e) && (e.flags & CqeFlag.F_MORE) === 0);
  expect(last.map((e) => e.res)).toEqual([0, 0]);
  expect(stats.bytesReceived).toBe(505);
});

test('many other programs at once', async () => {
  const run = new Run({ ...quiet, buffers: 256 });
  const sockets = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const socket = connect(portOf(run), '127.0.0.1');
      await once(socket, 'connect');
      socket.write('x'.repeat(100));
      return socket;
    }),
  );
  await run.until((r) => received(r) === 6000);
  expect(new Set(run.kind('connect').map((e) => e.a)).size).toBe(60);
  expect(run.workload.stats().connections).toBe(60);
  for (const s of sockets) s.destroy();
  await run.seen('close', () => true, 60);
  checkLaws(run, await run.finish());
});

test('a reset ends the request with ECONNRESET and closes', async () => {
  const run = new Run(quiet);
  const socket = await dial(run);
  socket.write('x');
  await run.until((r) => received(r) === 1);
  socket.resetAndDestroy();
  await run.seen('close');
  checkLaws(run, await run.finish());
  const last = run.events.findLast(isRecvReap);
  expect(last?.res).toBe(-Errno.ECONNRESET);
});

test.each(['recv', 'recvmsg'] as const)('%s: an end of stream is one, also while the group is empty', async (op) => {
  const run = new Run({ ...quiet, op, buffers: 2, hold: 20_000 });
  const socket = await dial(run);
  socket.end('x'.repeat(400));
  await run.seen('close');
  const stats = await run.finish();
  checkLaws(run, stats, op === 'recvmsg' ? 16 : 0);
  expect(stats.bytesReceived).toBe(400);
});

test('an incremental group ends with what is left in its buffer', async () => {
  const run = new Run({ ...quiet, incremental: true, buffers: 4, bufferSize: 64 });
  const socket = await dial(run);
  socket.write('x'.repeat(100));
  await run.until((r) => received(r) === 100);
  socket.end();
  await run.seen('close');
  const second = await dial(run);
  second.end('y'.repeat(50));
  await run.seen('close', () => true, 2);
  const stats = await run.finish();
  checkLaws(run, stats);
  expect(stats.bytesReceived).toBe(150);
});

test.each(['multishot', 'single'] as const)('an empty datagram ends a %s request, and the next one goes on', async (mode) => {
  const run = new Run({ ...quiet, transport: 'udp', connections: 1, mode });
  await run.seen('connect');
  const socket = createSocket('udp4');
  const send = (text: string) => new Promise((done) => socket.send(text, portOf(run), '127.0.0.1', done));
  await send('one');
  await send('');
  await send('three');
  await run.until((r) => received(r) === 8);
  socket.close();
  const stats = await run.finish();
  checkLaws(run, stats);
  const arms = run.count((e) => isKind(e, 'submit') && isRecv(e));
  expect(arms).toBe(mode === 'multishot' ? 2 : 4);
});

test('recvmsg tells a datagram that does not fit by its payload length', async () => {
  const run = new Run({ ...quiet, transport: 'udp', connections: 1, op: 'recvmsg', bufferSize: 128 });
  await run.seen('connect');
  const socket = createSocket('udp4');
  await new Promise((done) => socket.send('x'.repeat(200), portOf(run), '127.0.0.1', done));
  await run.until((r) => received(r) > 0);
  socket.close();
  const stats = await run.finish();
  // 16 bytes io_uring_recvmsg_out and 16 bytes name leave 96 of 128.
  expect(run.events.find(isRecvReap)?.res).toBe(128);
  expect(stats.bytesReceived).toBe(96);
});

test.each(['multishot', 'single'] as const)('echo sends back every byte in order (%s)', async (mode) => {
  const run = new Run({ ...quiet, app: 'echo', mode });
  const socket = await dial(run);
  const text = Array.from({ length: 20_000 }, (_, i) => String(i)).join(',');
  let back = '';
  socket.setEncoding('utf8');
  socket.on('data', (s: string) => {
    back += s;
  });
  socket.end(text);
  await once(socket, 'end');
  expect(back).toBe(text);
  await run.seen('close');
  checkLaws(run, await run.finish());
});

test('echo survives a peer that is gone, and gives its buffers back', async () => {
  const run = new Run({ ...quiet, app: 'echo' });
  const socket = await dial(run);
  socket.pause();
  socket.write('x'.repeat(5_000_000));
  await run.until((r) => received(r) > 100_000);
  socket.resetAndDestroy();
  await run.seen('close');
  const next = await dial(run);
  next.write('y'.repeat(64 * 16));
  const before = received(run);
  await run.until((r) => received(r) === before + 64 * 16);
  next.destroy();
  await run.seen('close', () => true, 2);
  checkLaws(run, await run.finish());
});

test('finish ends after its time where a stream does not end', async () => {
  const run = new Run(quiet);
  const socket = await dial(run);
  await run.workload.finish(50);
  run.take();
  expect(run.stopped).toEqual({ error: undefined });
  expect(run.kind('close').map((e) => slotOf(e.userData))).toEqual([0]);
  socket.destroy();
});

test('an idle ring tells its state again and again', async () => {
  const run = new Run(quiet);
  await run.seen('snapshot', () => true, 3);
  checkLaws(run, await run.finish());
});
