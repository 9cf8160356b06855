/** The debugger as a test sees it: the page's part of it by roles and names, and what a second client of the agent hears. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { EventRecord } from '../../shared/codec/event-table.ts';
import { isOwnRecv } from '../../shared/model/requests.ts';
import type { DebugInfo } from '../../shared/protocol/debug.ts';
import { Kind, MarkCode } from '../../shared/schema/events.ts';
import { type LiveAgent, startAgent } from '../support/agent.ts';
import { WsClient } from '../support/ws-client.ts';
import { LivePage } from './live-page.ts';
import type { Pages } from './pages.ts';

export const wait = { timeout: 60_000, interval: 50 };

const isMark = (code: number) => (e: EventRecord) => e.kind === Kind.mark && e.a === code;
export const isRecvReap = (e: EventRecord): boolean => e.kind === Kind.reap && isOwnRecv(Number(e.userData & 0xffffffffn));

/** A second client of the agent: what the reactor did, in the trace and beside it. */
export class Reactor {
  private constructor(readonly client: WsClient) {}

  static async watch(agent: LiveAgent): Promise<Reactor> {
    return new Reactor(await WsClient.connect(agent.url));
  }

  /** The newest that was told of the debugger. */
  get debug(): DebugInfo | undefined {
    return this.client.messages.findLast((m) => m.type === 'debug')?.debug;
  }

  /** Waits until what is told of the debugger is as wanted. */
  told(wanted: (debug: DebugInfo) => boolean): Promise<DebugInfo> {
    return this.client.until(() => {
      const { debug } = this;
      return debug !== undefined && wanted(debug) ? debug : undefined;
    });
  }

  /** Marks in the trace that it stopped. */
  get stops(): number {
    return this.client.events(isMark(MarkCode.stopped)).length;
  }

  /** Does something after which the reactor stops once more; gives the recv CQEs that were reaped since it went on. */
  async stopAfter(act: () => Promise<unknown>): Promise<EventRecord[]> {
    const before = this.stops;
    await act();
    // Blocks are decoded as a whole: only when one has come.
    let seen = 0;
    await this.client.until(() => {
      if (this.client.blocks.length === seen) return undefined;
      seen = this.client.blocks.length;
      return this.stops > before ? true : undefined;
    });
    const events = this.client.events(() => true);
    return events.slice(events.findLastIndex(isMark(MarkCode.resumed)) + 1).filter(isRecvReap);
  }
}

export interface DebugSession {
  agent: LiveAgent;
  live: LivePage;
  reactor: Reactor;
}

/** `ringlens live ARGS`, a page of it with the Debugger tab open, and a second client. */
export async function debugSession(pages: Pages, args: readonly string[], hash = ''): Promise<DebugSession> {
  const agent = await startAgent(args);
  pages.open.push(() => agent.stop());
  const reactor = await Reactor.watch(agent);
  pages.open.push(() => reactor.client.close());
  const live = await openPage(pages, agent.url, hash);
  await live.page.getByRole('tab', { name: 'Debugger' }).click();
  await live.button(/^Stop/).first().waitFor();
  return { agent, live, reactor };
}

/** A page that has nothing to complain of when it is closed. */
export async function openPage(pages: Pages, url: string, hash = '', viewport = { width: 1280, height: 720 }): Promise<LivePage> {
  const live = await LivePage.open(pages.browser, url, hash, viewport);
  pages.open.push(async () => {
    await live.close();
    expect(live.problems).toEqual([]);
  });
  return live;
}

export const banner = ({ page }: LivePage): Locator => page.getByRole('region', { name: 'State' });
export const inspector = ({ page }: LivePage): Locator => page.getByRole('article', { name: 'Inspector' });
/** "Reaped CQE 1,234" */
export const title = (live: LivePage): Locator => inspector(live).getByRole('heading', { level: 2 });

/** Number of the event that the inspector shows. */
export async function shownEvent(live: LivePage): Promise<number> {
  return Number(((await title(live).textContent()) ?? '').replaceAll(/\D/g, '') || Number.NaN);
}

/** Where it is: "c3, ring 0, 00:04.218 304". */
export const place = async (live: LivePage): Promise<string> => (await inspector(live).locator('.eventWhere').textContent()) ?? '';

/** Waits until the inspector shows an event of this time, and the cursor is at it. */
export async function isAt(live: LivePage, clock: string): Promise<void> {
  await expect.poll(() => place(live).catch(() => ''), wait).toContain(clock);
  await expect.poll(() => live.clock(), wait).toBe(clock);
}
