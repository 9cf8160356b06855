import { drawReaps } from './draw.ts';
import { hitReaps, layoutReaps } from './layout.ts';

/** The "App reaps" row. */
export const reapsLens = { name: 'reaps', title: 'App reaps', layout: layoutReaps, draw: drawReaps, hit: hitReaps } as const;
