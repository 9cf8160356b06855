import { drawLanes } from './draw.ts';
import { LanesList } from './Lens.tsx';
import { hitLanes, layoutLanes } from './layout.ts';

/** One lane for each connection: armed spans, CQEs, ends, gaps. */
export const lanesLens = {
  name: 'lanes',
  title: 'Request lanes',
  layout: layoutLanes,
  draw: drawLanes,
  hit: hitLanes,
  Spoken: LanesList,
} as const;
export type { LanesGeometry } from './geometry.ts';
