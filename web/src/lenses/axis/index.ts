import { drawAxis, drawEdge, drawHits } from './draw.ts';
import { layoutAxis, layoutHits } from './layout.ts';

/** The time axis that all tracks share, with the hits of the filter. */
export const axisLens = { name: 'axis', title: 'Time', layout: layoutAxis, draw: drawAxis, drawEdge, layoutHits, drawHits } as const;
