/**
 * Where a parameter's value stands on its slider. A slider walks over *stops*, one a key press, so that every step changes
 * the value and the values are round:
 *
 *     stop      0  1  2 ... 9  10 11 12 13 14 ...        (1 to 10, then about ten a decade)
 *     value     1  2  3 ... 10 12 15 20 25 30 ...
 *
 * A value between two stops (set from the command line) stands between them.
 */
import type { IntParam } from '../../../shared/schema/workload-params.ts';

export interface SliderScale {
  /** The last stop; the first is 0. */
  readonly last: number;
  /** The value of a stop. */
  valueAt(stop: number): number;
  /** The stop of a value, with a fraction when it lies between two. */
  stopOf(value: number): number;
}

const mantissas = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];

/** Round values from min to max, both included; min ≥ 1. */
export function roundStops(min: number, max: number): number[] {
  const all = new Set<number>([min, max]);
  for (let n = 1; n < 10; n++) all.add(n);
  for (let decade = 1; decade * 10 <= max; decade *= 10) for (const m of mantissas) all.add(m * decade);
  return [...all].filter((n) => n >= min && n <= max).sort((a, b) => a - b);
}

/** Powers of two from min to max; min and max are powers of two. */
export function powerStops(min: number, max: number): number[] {
  const stops: number[] = [];
  for (let n = min; n <= max; n *= 2) stops.push(n);
  return stops;
}

export function scaleOf(stops: readonly number[]): SliderScale {
  const last = stops.length - 1;
  const valueAt = (stop: number): number => stops[Math.min(last, Math.max(0, Math.round(stop)))] ?? 0;
  const stopOf = (value: number): number => {
    const above = stops.findIndex((v) => v >= value);
    if (above < 0) return last;
    const hi = stops[above] ?? 0;
    const lo = stops[above - 1];
    if (hi === value || lo === undefined) return above;
    return above - (hi - value) / (hi - lo);
  };
  return { last, valueAt, stopOf };
}

/** Zero stands at one end, apart from the rest: before the smallest (hold) or behind the largest (rate: no limit). */
export function withZero(stops: readonly number[], where: 'first' | 'last'): SliderScale {
  if (where === 'first') return scaleOf([0, ...stops]);
  const rest = scaleOf(stops);
  return {
    last: rest.last + 1,
    valueAt: (stop) => (Math.round(stop) > rest.last ? 0 : rest.valueAt(stop)),
    stopOf: (value) => (value === 0 ? rest.last + 1 : rest.stopOf(value)),
  };
}

/** The scale that suits a parameter of the workload. */
export function scaleFor(
  spec: IntParam,
  shape: 'round' | 'powers' | 'zeroFirst' | 'zeroLast' = spec.powerOfTwo ? 'powers' : 'round',
): SliderScale {
  switch (shape) {
    case 'powers':
      return scaleOf(powerStops(spec.min, spec.max));
    case 'round':
      return scaleOf(roundStops(spec.min, spec.max));
    case 'zeroFirst':
      return withZero(roundStops(1, spec.max), 'first');
    case 'zeroLast':
      return withZero(roundStops(1, spec.max), 'last');
  }
}
