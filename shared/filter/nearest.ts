/** "Did you mean": the name that a misspelt one is nearest to. */

/** Letters to add, to leave out, to change or to swap with their neighbour, from one word to the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] as number) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] as number;
}

/** The one of `names` that `word` is most likely meant to be, or null where none is near. */
export function nearest(word: string, names: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  // A misspelt word of a few letters is near to everything.
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const known = name.toLowerCase();
    const distance = known.startsWith(wanted) && wanted.length > 1 ? 0.5 : editDistance(wanted, known);
    if (distance <= limit && distance < least) {
      best = name;
      least = distance;
    }
  }
  return best;
}

/** `There is no field "resl"` → `There is no field "resl"; did you mean res?` */
export function withHint(sentence: string, word: string, names: Iterable<string>): string {
  const near = nearest(word, names);
  return near === null ? `${sentence}.` : `${sentence}; did you mean ${near}?`;
}
