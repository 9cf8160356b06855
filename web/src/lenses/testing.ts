/** For tests: a theme without a page, and a context that writes down what is drawn. */
import type { CanvasTheme, ColourName } from '../canvas/canvas-theme.ts';

export const testTheme: CanvasTheme = {
  // Colours are their own names, so that a draw log reads.
  colour: new Proxy({}, { get: (_, name) => name }) as Record<ColourName, string>,
  k: 1,
  ui: '400 12px ui',
  uiStrong: '600 12px ui',
  mono: '400 12px mono',
  monoOf: (px, weight) => `${weight} ${px}px mono`,
  revision: 1,
};

const round = (v: unknown): unknown => (typeof v === 'number' ? Math.round(v * 10) / 10 : v);

/** Lines like "fillRect data 10 20 2.8 30" (the fill before the numbers), "text c0", "stroke arm dashed". */
export function recordingContext(): { ctx: CanvasRenderingContext2D; log: string[]; of(prefix: string): string[] } {
  const log: string[] = [];
  const state: Record<string, unknown> = { globalAlpha: 1 };
  let dash: number[] = [];
  const target = {
    fillRect: (...box: number[]) => log.push(`fillRect ${state.fillStyle} ${box.map(round).join(' ')}`),
    fillText: (text: string, x: number, y: number) => log.push(`text ${text} ${state.fillStyle} ${round(x)} ${round(y)}`),
    fill: () => log.push(`fill ${state.fillStyle}`),
    stroke: () => log.push(`stroke ${state.strokeStyle}${dash.length > 0 ? ' dashed' : ''}`),
    strokeRect: (...box: number[]) => log.push(`strokeRect ${state.strokeStyle} ${box.map(round).join(' ')}`),
    setLineDash: (d: number[]) => {
      dash = d;
    },
    measureText: (text: string) => ({ width: text.length * 7 }),
    getTransform: () => ({ a: 1 }),
  };
  const ctx = new Proxy(target, {
    get: (t, name) => (name in t ? t[name as keyof typeof t] : name in state ? state[name as string] : () => undefined),
    set: (_, name, value) => {
      state[name as string] = value;
      return true;
    },
  }) as unknown as CanvasRenderingContext2D;
  return { ctx, log, of: (prefix) => log.filter((line) => line.startsWith(prefix)) };
}
