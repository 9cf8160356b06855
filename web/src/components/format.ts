/** Numbers as people read them; times are in canvas/time-text.ts. All pure. */

import type { IntParam } from '../../../shared/schema/workload-params.ts';
import { formatSpan } from '../canvas/time-text.ts';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = (n: number): string => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));

/** 3412 → "3,412", 12345678 → "12.3 M": whole up to a million, since a debugger's counts are exact. */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return '–';
  if (Math.abs(n) >= 1e9) return `${short(n / 1e9)} G`;
  if (Math.abs(n) >= 1e7) return `${short(n / 1e6)} M`;
  return grouped.format(n);
}

/** A ratio of counts: 0.0006, 0.04, 2.6, 118. */
export function formatRatio(n: number): string {
  if (!Number.isFinite(n)) return '–';
  if (n === 0) return '0';
  if (n < 0.00005) return '<0.0001';
  if (n < 0.1) return n.toFixed(4);
  if (n < 1) return n.toFixed(2);
  return n < 100 ? n.toFixed(1) : grouped.format(n);
}

/** 64 → "64 B", 4096 → "4 KiB", 1500 → "1,500 B": binary units where they are exact, bytes otherwise. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1048576 && bytes % 1048576 === 0) return `${bytes / 1048576} MiB`;
  if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`;
  return `${grouped.format(bytes)} B`;
}

/** A parameter's value with its unit, as it stands beside its slider. */
export function formatParam(value: number, unit: IntParam['unit']): string {
  switch (unit) {
    case 'us':
      return value === 0 ? 'at once' : formatSpan(value * 1e3);
    case 'B':
      return formatBytes(value);
    case 'msg/s':
      return value === 0 ? 'as fast as possible' : `${formatCount(value)} msg/s`;
    case 'CQE/s':
      return value === 0 ? 'all that come' : `${formatCount(value)} CQE/s`;
    case '':
      return formatCount(value);
  }
}

/** A range of message sizes: "20–400 B". */
export const formatRange = (low: number, high: number): string =>
  low === high ? formatBytes(low) : `${grouped.format(low)}–${grouped.format(high)} B`;

/** The flags word of a CQE, as many digits as a 16-bit bid needs in practice: 0x1e0003. */
export const formatFlags = (flags: number): string => `0x${(flags >>> 0).toString(16).padStart(5, '0')}`;

/** 1 → "1 request", 6 → "6 requests". */
export const plural = (n: number, noun: string): string => `${formatCount(n)} ${noun}${n === 1 ? '' : 's'}`;
