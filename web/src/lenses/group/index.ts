import { drawEnobufs, drawGroup } from './draw.ts';
import { hitGroup, layoutGroup } from './layout.ts';

/** The buffer group over time. */
export const groupLens = {
  name: 'group',
  title: 'Buffer group',
  layout: layoutGroup,
  draw: drawGroup,
  drawEnobufs,
  hit: hitGroup,
} as const;
export type { GroupGeometry } from './layout.ts';
