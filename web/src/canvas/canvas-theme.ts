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

/** What a theme is made of: can be sent to a worker. */
export interface ThemeValues {
  colour: Record<ColourName, string>;
  k: CssPixels;
  /** Font families. */
  ui: string;
  mono: string;
  revision: number;
}

export function themeOf({ colour, k, ui, mono, revision }: ThemeValues): CanvasTheme {
  const px = (n: number): string => `${(n * k).toFixed(2)}px`;
  return {
    colour,
    k,
    ui: `400 ${px(12)} ${ui}`,
    uiStrong: `600 ${px(12)} ${ui}`,
    mono: `400 ${px(12)} ${mono}`,
    monoOf: (size, weight) => `${weight} ${px(size)} ${mono}`,
    revision,
  };
}

function readValues(revision: number): ThemeValues {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    colour: Object.fromEntries(colourNames.map((name) => [name, value(name)])) as Record<ColourName, string>,
    k: Number.parseFloat(style.fontSize) / 16 || 1,
    ui: value('ui') || 'system-ui, sans-serif',
    mono: value('mono') || 'ui-monospace, monospace',
    revision,
  };
}

const watchers = new Set<() => void>();
let current: { values: ThemeValues; theme: CanvasTheme } | null = null;
let endWatch: (() => void) | null = null;

function read(revision: number): { values: ThemeValues; theme: CanvasTheme } {
  const values = readValues(revision);
  return { values, theme: themeOf(values) };
}

/** The theme of now: one object for all canvases, so that caches which hang on its revision serve all of them. */
export function canvasTheme(): CanvasTheme {
  current ??= read(1);
  return current.theme;
}

/** The same for a worker. */
export function themeValues(): ThemeValues {
  current ??= read(1);
  return current.values;
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
    current = read((current?.theme.revision ?? 0) + 1);
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
