/** Times as people read them. */
import type { CssPixels, Nanoseconds } from './units.ts';

const MINUS = '\u2212';

/** A length of time with about three digits: "850 ns", "12.4 µs", "3.20 ms", "1.25 s". */
export function formatSpan(ns: Nanoseconds): string {
  const digits = (v: number): string => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2));
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${digits(ns / 1e3)} µs`;
  if (ns < 1e9) return `${digits(ns / 1e6)} ms`;
  if (ns < 120e9) return `${digits(ns / 1e9)} s`;
  return `${Math.floor(ns / 60e9)} min ${Math.round((ns % 60e9) / 1e9)} s`;
}

/** Trace time as on a clock: "00:04.218 304" (min:s.ms µs). */
export function formatClock(t: Nanoseconds): string {
  const us = Math.max(0, Math.floor(t / 1e3));
  const two = (v: number): string => String(v).padStart(2, '0');
  const three = (v: number): string => String(v).padStart(3, '0');
  const s = Math.floor(us / 1e6);
  return `${two(Math.floor(s / 60))}:${two(s % 60)}.${three(Math.floor(us / 1e3) % 1000)} ${three(us % 1000)}`;
}

/** How long before the right edge a tick stands, in the unit of the step: "−8 ms", "now" at 0. */
export function formatTick(ns: Nanoseconds, step: Nanoseconds): string {
  if (ns === 0) return 'now';
  const [unit, name]: [number, string] = step >= 1e9 ? [1e9, 's'] : step >= 1e6 ? [1e6, 'ms'] : step >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  // Half a second steps stay in seconds: fewer digits than milliseconds.
  const [u, n] = step >= 1e8 && step < 1e9 ? ([1e9, 's'] as const) : ([unit, name] as const);
  const v = Math.abs(ns) / u;
  return `${ns < 0 ? MINUS : '+'}${Number(v.toFixed(3))} ${n}`;
}

const steps = [1, 2, 4, 5, 8];

/** The smallest round step with at least `room` pixels. */
export function stepFor(nsPerPixel: number, room: CssPixels): Nanoseconds {
  const least = nsPerPixel * room;
  let decade = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  for (; ; decade *= 10) for (const s of steps) if (s * decade >= least) return s * decade;
}
