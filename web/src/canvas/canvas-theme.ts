/** Colours, fonts and sizes for drawing, read from the CSS custom properties that the page's stylesheet sets. */
import type { CssPixels } from './units.ts';

const colourNames = [
  'bg0',
  'bg1',
  'bg2',
  'bg3',
  'line',
  'line2',
  'ctl',
  'ink0',
  'ink1',
  'ink2',
  'arm',
  'data',
  'held',
  'end',
  'avail',
  'sel',
  'armT',
  'dataT',
  'heldT',
  'endT',
  'onData',
  'onHeld',
  'onEnd',
  'armBand',
  'dataWash',
  'heldWash',
  'endWash',
  'availWash',
  'selWash',
  'heldFill',
  'hatchHeld',
] as const;
export type ColourName = (typeof colourNames)[number];

export interface CanvasTheme {
  readonly colour: Readonly<Record<ColourName, string>>;
  /** Size of 1 rem / 16: what a "12 px" of the design is now. */
  readonly k: CssPixels;
  /** Fonts for ctx.font. */
  readonly ui: string;
  readonly uiStrong: string;
  readonly mono: string;
  /** A mono font of another size, px before k. */
  monoOf(px: number, weight: number): string;
  /** Changes with every change of the theme: caches hang on it. */
  readonly revision: number;
}

function readTheme(revision: number): CanvasTheme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const k = Number.parseFloat(style.fontSize) / 16 || 1;
  const px = (n: number): string => `${(n * k).toFixed(2)}px`;
  const ui = value('ui') || 'system-ui, sans-serif';
  const mono = value('mono') || 'ui-monospace, monospace';
  return {
    colour: Object.fromEntries(colourNames.map((name) => [name, value(name)])) as Record<ColourName, string>,
    k,
    ui: `400 ${px(12)} ${ui}`,
    uiStrong: `600 ${px(12)} ${ui}`,
    mono: `400 ${px(12)} ${mono}`,
    monoOf: (size, weight) => `${weight} ${px(size)} ${mono}`,
    revision,
  };
}

const watchers = new Set<() => void>();
let current: CanvasTheme | null = null;
let endWatch: (() => void) | null = null;

/** The theme of now: one object for all canvases, so that caches which hang on its revision serve all of them. */
export function canvasTheme(): CanvasTheme {
  current ??= readTheme(1);
  return current;
}

/** Calls back when theme, scale or fonts have changed; returns the function that ends it. */
export function watchTheme(onChange: () => void): () => void {
  endWatch ??= watchDocument();
  const watcher = (): void => onChange();
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    endWatch?.();
    endWatch = null;
  };
}

function watchDocument(): () => void {
  const change = (): void => {
    current = readTheme((current?.revision ?? 0) + 1);
    for (const watcher of [...watchers]) watcher();
  };
  const observer = new MutationObserver(change);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-scale', 'class'] });
  window.addEventListener('resize', change);
  document.fonts.addEventListener('loadingdone', change);
  return () => {
    observer.disconnect();
    window.removeEventListener('resize', change);
    document.fonts.removeEventListener('loadingdone', change);
  };
}
