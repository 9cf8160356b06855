/** The screens, in the order of their tabs. A screen is one entry here and one component; a duplicate id throws at start. */
import type { ComponentType } from 'react';
import { LiveScreen } from './LiveScreen.tsx';

export interface Screen {
  readonly id: string;
  /** The tab, and what it says where the trace is a recorded one. */
  readonly title: string;
  readonly recordedTitle?: string;
  readonly Component: ComponentType;
}

export const screens: readonly [Screen, ...Screen[]] = [{ id: 'live', title: 'Live', recordedTitle: 'Replay', Component: LiveScreen }];

for (const [i, screen] of screens.entries()) {
  if (screens.findIndex((s) => s.id === screen.id) !== i) throw new Error(`Two screens have the id ${screen.id}.`);
}

export const screenById = (id: string): Screen => screens.find((s) => s.id === id) ?? screens[0];
