/** Numbers as people type them. Each gives undefined for what it can't read. */

/** "6ms", "500us", "1.5s" → microseconds, a whole number. Only 0 needs no unit. */
export function parseMicroseconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)$/.exec(text);
  if (match === null) return text === '0' ? 0 : undefined;
  const factor = { us: 1, µs: 1, ms: 1000, s: 1e6, m: 6e7, h: 3.6e9 }[match[2] as 'us'];
  return Math.round(Number(match[1]) * factor);
}

/** "1500", "200k", "1.5M" → a whole number; k and M are thousands and millions. */
export function parseCount(text: string): number | undefined {
  return scaled(text, { '': 1, k: 1e3, K: 1e3, M: 1e6 });
}

/** "64", "4k", "4KiB", "1M", "1G" → bytes; k, M and G are powers of 1024. */
export function parseBytes(text: string): number | undefined {
  return scaled(text.replace(/(iB|B)$/, ''), { '': 1, k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3 });
}

function scaled(text: string, factors: Record<string, number>): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)([kKMG]?)$/.exec(text);
  const factor = match === null ? undefined : factors[match[2] as string];
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

/** 6000 → "6ms", 500 → "500us", 5000000 → "5s": what parseMicroseconds reads. */
export function formatMicroseconds(us: number): string {
  if (us === 0) return '0';
  if (us % 1_000_000 === 0) return `${us / 1_000_000}s`;
  return us % 1000 === 0 ? `${us / 1000}ms` : `${us}us`;
}
