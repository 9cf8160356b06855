import { drawAxis, drawEdge } from './draw.ts';
import { layoutAxis } from './layout.ts';

/** The time axis that all tracks share. */
export const axisLens = { name: 'axis', title: 'Time', layout: layoutAxis, draw: drawAxis, drawEdge } as const;
