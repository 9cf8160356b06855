/**
 * Contrast and colour-vision arithmetic for the test of tokens.css; the page itself does not use it.
 * Contrast: WCAG 2.2, relative luminance. Simulation: Machado, Oliveira, Fernandes 2009, table for severity 1.0, applied to
 * linear RGB. Difference: CIEDE2000 (Sharma, Wu, Dalal 2005) in CIELAB under D65.
 */

type Triple = readonly [number, number, number];
export type Vision = 'normal' | 'protan' | 'deutan' | 'tritan';
export const visions: readonly Vision[] = ['normal', 'protan', 'deutan', 'tritan'];

const machado: Record<Exclude<Vision, 'normal'>, readonly [Triple, Triple, Triple]> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** #rrggbb → linear RGB, 0..1. */
export function linearRgb(hex: string): Triple {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!digits) throw new Error(`${hex} is not #rrggbb`);
  const channel = (i: number): number => {
    const v = Number.parseInt(digits[i] ?? '', 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(2), channel(3)];
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (v: number): number => Math.min(1, Math.max(0, v));

export const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linearRgb(hex));

export function contrast(a: string, b: string): number {
  const la = luminance(a);
  const lb = luminance(b);
  return (Math.max(la, lb) + 0.05) / (Math.min(la, lb) + 0.05);
}

function seen(rgb: Triple, vision: Vision): Triple {
  if (vision === 'normal') return rgb;
  const [r, g, b] = machado[vision];
  return [unit(dot(r, rgb)), unit(dot(g, rgb)), unit(dot(b, rgb))];
}

function lab(rgb: Triple): Triple {
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
  const x = f(dot([0.4124564, 0.3575761, 0.1804375], rgb) / 0.95047);
  const y = f(dot([0.2126729, 0.7151522, 0.072175], rgb));
  const z = f(dot([0.0193339, 0.119192, 0.9503041], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const rad = (degrees: number): number => (degrees * Math.PI) / 180;
const hueOf = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) * 180) / Math.PI + (b < 0 ? 360 : 0));
const pow7 = (c: number): number => Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));

/** CIEDE2000 of two CIELAB colours, all weights 1. */
export function ciede2000(p: Triple, q: Triple): number {
  const g = 0.5 * (1 - pow7((Math.hypot(p[1], p[2]) + Math.hypot(q[1], q[2])) / 2));
  const a1 = (1 + g) * p[1];
  const a2 = (1 + g) * q[1];
  const c1 = Math.hypot(a1, p[2]);
  const c2 = Math.hypot(a2, q[2]);
  const h1 = hueOf(a1, p[2]);
  const h2 = hueOf(a2, q[2]);
  const grey = c1 * c2 === 0;
  const turn = grey ? 0 : h2 - h1;
  const dh = turn > 180 ? turn - 360 : turn < -180 ? turn + 360 : turn;
  const far = Math.abs(h1 - h2) > 180;
  const h = grey ? h1 + h2 : far ? (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2 : (h1 + h2) / 2;
  const l = (p[0] + q[0]) / 2;
  const c = (c1 + c2) / 2;
  const t =
    1 - 0.17 * Math.cos(rad(h - 30)) + 0.24 * Math.cos(rad(2 * h)) + 0.32 * Math.cos(rad(3 * h + 6)) - 0.2 * Math.cos(rad(4 * h - 63));
  const dL = (q[0] - p[0]) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dC = (c2 - c1) / (1 + 0.045 * c);
  const dH = (2 * Math.sqrt(c1 * c2) * Math.sin(rad(dh / 2))) / (1 + 0.015 * c * t);
  const rt = -2 * pow7(c) * Math.sin(rad(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  return Math.sqrt(dL ** 2 + dC ** 2 + dH ** 2 + rt * dC * dH);
}

/** How different two colours look to someone with this vision. */
export const difference = (a: string, b: string, vision: Vision): number =>
  ciede2000(lab(seen(linearRgb(a), vision)), lab(seen(linearRgb(b), vision)));

/** Custom properties of one rule of a style sheet: name without dashes → value. */
export function customProperties(css: string, selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  if (start < 0) throw new Error(`no rule ${selector}`);
  const body = css.slice(start, css.indexOf('}', start));
  return new Map([...body.matchAll(/--(\w+):\s*([^;]+);/g)].map((m) => [m[1] ?? '', (m[2] ?? '').trim()]));
}
