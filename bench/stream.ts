/** Ring → agent → WebSocket client: a client in another process decodes everything that it gets. */
import WebSocket from 'ws';
import { BlockFlag, splitBlocks, unpackBlock } from '../shared/codec/block.ts';
import { UserDataDictionary } from '../shared/codec/event-table.ts';
import type { ServerMessage } from '../shared/protocol/messages.ts';
import { startAgent } from '../test/support/agent.ts';
import { type BenchOptions, median, pause, type Result, short, spread } from './harness.ts';

export async function benchStream({ rounds, runMs }: BenchOptions): Promise<Result> {
  const rows: (string | number)[][] = [];
  const data: Record<string, unknown> = {};
  for (const preset of ['bursts', 'firehose']) {
    const runs: { rate: number; bytes: number; lost: number; leftOut: number; lagP50: number; lagP99: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const agent = await startAgent(['--preset', preset]);
      const socket = new WebSocket(`${agent.url.replace('http', 'ws')}ws`, { perMessageDeflate: false });
      const dictionary = new UserDataDictionary();
      let startNs = 0n;
      let events = 0;
      let bytes = 0;
      let lost = 0;
      let leftOut = 0;
      let counting = false;
      const lags: number[] = [];
      socket.on('message', (frame: Buffer, binary) => {
        if (!binary) {
          const message = JSON.parse(frame.toString()) as ServerMessage;
          if (message.type === 'hello') startNs = BigInt(message.session.startNs);
          return;
        }
        const now = process.hrtime.bigint(); // CLOCK_MONOTONIC, as the events
        for (const block of splitBlocks(frame)) {
          const { header } = unpackBlock(block, dictionary, startNs);
          if (!counting) continue;
          if ((header.flags & BlockFlag.summaryOnly) !== 0) leftOut += header.count;
          else events += header.count;
          lost += header.dropped;
          lags.push(Number(now - header.tLast) / 1e6);
        }
        if (counting) bytes += frame.length;
      });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      await pause(runMs / 5);
      counting = true;
      const t0 = performance.now();
      await pause(runMs);
      counting = false;
      const seconds = (performance.now() - t0) / 1000;
      socket.terminate();
      await agent.stop();
      lags.sort((x, y) => x - y);
      const at = (q: number): number => lags[Math.min(lags.length - 1, Math.floor(lags.length * q))] ?? Number.NaN;
      runs.push({ rate: events / seconds, bytes: bytes / seconds, lost, leftOut, lagP50: at(0.5), lagP99: at(0.99) });
    }
    data[preset] = runs;
    const rates = spread(runs.map((r) => r.rate));
    rows.push([
      preset,
      `${short(rates.median)}/s (${short(rates.min)} – ${short(rates.max)})`,
      `${short(median(runs.map((r) => r.bytes)))}B/s`,
      `${median(runs.map((r) => r.lagP50)).toFixed(1)} / ${median(runs.map((r) => r.lagP99)).toFixed(1)} ms`,
      runs.reduce((n, r) => n + r.lost, 0),
      runs.reduce((n, r) => n + r.leftOut, 0),
    ]);
  }
  return {
    name: 'stream',
    data,
    tables: [
      {
        title: 'Ring to WebSocket client',
        note: `Events that a client in another process received and decoded, ${rounds} rounds of ${runMs} ms with reactor, load generator, agent and client on the same cores. Delay: from the last event of a block to the client having its bytes.`,
        columns: ['preset', 'events, median (range)', 'bytes', 'delay p50 / p99', 'lost', 'left out for a slow client'],
        rows,
      },
    ],
  };
}
