/** What is made once, outside React (main.tsx), and reaches every component from here. */
import { createContext, use } from 'react';
import type { PlaybackClock } from '../canvas/playback-clock.ts';
import type { ViewDriver } from '../canvas/view-driver.ts';
import type { CommandRegistry } from '../commands/registry.ts';
import type { Feed } from '../feed/feed.ts';
import type { Announcer } from '../store/announcer.ts';
import type { Configurer } from '../store/configure.ts';
import type { DebugHand } from '../store/debugger.ts';

export interface Services {
  feed: Feed;
  clock: PlaybackClock;
  driver: ViewDriver;
  commands: CommandRegistry;
  configurer: Configurer;
  announcer: Announcer;
  /** The debugger of the own workload. */
  hand: DebugHand;
  /** Shows a recorded trace in the place of what is shown. */
  openFile(file: File): void;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error('A component stands outside of ServicesContext.');
  return services;
}
