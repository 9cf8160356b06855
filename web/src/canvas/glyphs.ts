/**
 * The marks of DESIGN section 3, one function each: every view draws them through these, so that a mark looks the same
 * everywhere. Geometry as in the mock's drawing kit.
 */
import type { CanvasTheme } from './canvas-theme.ts';
import { around, drawMark, type Mark } from './sprites.ts';
import type { CssPixels } from './units.ts';

type Ctx = CanvasRenderingContext2D;

const PIN_RADIUS = 3.6;
const pinReach = (height: CssPixels) => ({ ...around(PIN_RADIUS + 1), down: height });

const pin: Mark = {
  reach: pinReach,
  paint(ctx, { colour }, x, y, height) {
    ctx.strokeStyle = colour.arm;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x, y + height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, PIN_RADIUS, 0, Math.PI * 2);
    ctx.fillStyle = colour.arm;
    ctx.fill();
  },
};

const inferredPin: Mark = {
  reach: pinReach,
  paint(ctx, { colour }, x, y, height) {
    ctx.strokeStyle = colour.arm;
    ctx.lineWidth = 1.8;
    ctx.setLineDash([3, 2.5]);
    ctx.beginPath();
    ctx.moveTo(x, y + PIN_RADIUS);
    ctx.lineTo(x, y + height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, y, PIN_RADIUS - 0.4, 0, Math.PI * 2);
    ctx.fillStyle = colour.bg0;
    ctx.fill();
    ctx.stroke();
  },
};

/** Poll arm: a pin. Inferred: hollow head, dashed stem. */
export function armPin(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y0: CssPixels, y1: CssPixels, inferred: boolean): void {
  drawMark(ctx, theme, inferred ? inferredPin : pin, x, y0, Math.round(y1 - y0));
}

/** A closed path through these corners, as they lie from x, y. */
function polygon(ctx: Ctx, x: CssPixels, y: CssPixels, corners: readonly (readonly [CssPixels, CssPixels])[]): void {
  ctx.beginPath();
  for (const [dx, dy] of corners) ctx.lineTo(x + dx, y + dy);
  ctx.closePath();
}

/** The path filled, then its outline in ink. */
function inked(ctx: Ctx, { colour }: CanvasTheme, fill: string, width: CssPixels, join: CanvasLineJoin): void {
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.strokeStyle = colour.ink0;
  ctx.lineWidth = width;
  ctx.lineJoin = join;
  ctx.stroke();
}

const trianglePath = (ctx: Ctx, x: CssPixels, y: CssPixels, k: CssPixels): void =>
  polygon(ctx, x, y, [
    [0, 0],
    [k, k * 1.5],
    [-k, k * 1.5],
  ]);
const triangleReach = (k: CssPixels) => ({ left: k + 1, right: k + 1, up: 1, down: k * 1.5 + 1 });

const wake: Mark = {
  reach: triangleReach,
  paint(ctx, { colour }, x, y, k) {
    trianglePath(ctx, x, y, k);
    ctx.fillStyle = colour.ink0;
    ctx.fill();
  },
};

const hollowWake: Mark = {
  reach: triangleReach,
  paint(ctx, { colour }, x, y, k) {
    trianglePath(ctx, x, y, k);
    ctx.strokeStyle = colour.ink0;
    ctx.lineWidth = 1;
    ctx.stroke();
  },
};

/** Wake: a triangle under the bar. */
export function wakeTriangle(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels, inferred: boolean): void {
  drawMark(ctx, theme, inferred ? hollowWake : wake, x, y, k);
}

const submit: Mark = {
  reach: (k) => around(k + 2),
  paint(ctx, theme, x, y, k) {
    polygon(ctx, x, y, [
      [-k * 0.7, -k],
      [k * 0.8, 0],
      [-k * 0.7, k],
    ]);
    inked(ctx, theme, theme.colour.bg0, 1.5, 'round');
  },
};

/** Submit: a hollow triangle pointing along time. */
export function submitTriangle(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels): void {
  drawMark(ctx, theme, submit, x, y, k);
}

const redDiamond: Mark = {
  reach: (k) => around(k + 2),
  paint(ctx, theme, x, y, k) {
    polygon(ctx, x, y, [
      [0, -k],
      [k, 0],
      [0, k],
      [-k, 0],
    ]);
    inked(ctx, theme, theme.colour.end, 1.1, 'miter');
  },
};

/** ENOBUFS: a diamond with an ink outline (red alone is weak for protanopes). */
export function diamond(ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels, k: CssPixels): void {
  drawMark(ctx, theme, redDiamond, x, y, k);
}

type Head = (ctx: Ctx, theme: CanvasTheme, x: CssPixels, y: CssPixels) => void;

function head(paint: Mark['paint']): Head {
  const mark: Mark = { reach: () => ({ left: 7, right: 7, up: 3, down: 12 }), paint };
  return (ctx, theme, x, y) => drawMark(ctx, theme, mark, x, y);
}

/** Heads of an end, by its cause. `y` is the top of the cap. */
export const endHeads = {
  enobufs: (ctx, theme, x, y) => diamond(ctx, theme, x, y + 4, 4.6),
  canceled: head((ctx, { colour }, x, y) => {
    ctx.fillStyle = colour.bg0;
    ctx.fillRect(x - 4.2, y, 8.4, 8.4);
    ctx.strokeStyle = colour.end;
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 4.2, y, 8.4, 8.4);
  }),
  reset: head((ctx, { colour }, x, y) => {
    ctx.beginPath();
    ctx.moveTo(x - 4.5, y);
    ctx.lineTo(x + 4.5, y + 9);
    ctx.moveTo(x + 4.5, y);
    ctx.lineTo(x - 4.5, y + 9);
    ctx.strokeStyle = colour.end;
    ctx.lineWidth = 2.4;
    ctx.stroke();
  }),
  eof: head((ctx, { colour }, x, y) => {
    ctx.fillStyle = colour.ink0;
    ctx.fillRect(x - 4, y, 8, 4);
  }),
  /** The request ended with data (a bundle that emptied the group): an ink cap without a head; its CQE stands beside it. */
  data() {},
  other: head((ctx, { colour }, x, y) => {
    ctx.fillStyle = colour.end;
    ctx.fillRect(x - 4.5, y, 9, 3.4);
  }),
} as const satisfies Record<string, Head>;
