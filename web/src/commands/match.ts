/**
 * What is typed into the palette, found among the commands. Each word has to occur in the title, the group or the id; the
 * order of the words is free.
 *
 *     "back st" → [St]ep one CQE [back]
 */
import type { Command } from './registry.ts';

/** A part of a text: what was typed, or what stands between. */
export interface Part {
  /** Where it begins in the text. */
  readonly from: number;
  readonly text: string;
  readonly isMatch: boolean;
}

export interface CommandMatch {
  readonly command: Command;
  /** The title, and the group, without a gap. */
  readonly title: readonly Part[];
  readonly group: readonly Part[];
}

type Range = readonly [from: number, to: number];

/** Where a word was found: the better the place, the lower its rank; `at` counts from the beginning of the title. */
interface Place {
  rank: number;
  at: number;
  in: 'title' | 'group' | 'id';
  range: Range;
}

const wordStart = /(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu;

function place(text: string, word: string, where: Place['in'], ranks: { first: number; start: number; within: number }): Place | null {
  const found = (at: number, rank: number): Place => ({ rank, at, in: where, range: [at, at + word.length] });
  if (text.startsWith(word)) return found(0, ranks.first);
  for (const { index } of text.matchAll(wordStart)) if (text.startsWith(word, index)) return found(index, ranks.start);
  const at = text.indexOf(word);
  return at < 0 ? null : found(at, ranks.within);
}

/** The best place of a word in a command: its title comes before its group, and the group before the id, which nobody sees. */
function placeIn({ title, group, id }: Command, word: string): Place | null {
  return (
    place(title.toLowerCase(), word, 'title', { first: 0, start: 1, within: 2 }) ??
    place(group.toLowerCase(), word, 'group', { first: 3, start: 3, within: 4 }) ??
    place(id.toLowerCase(), word, 'id', { first: 5, start: 5, within: 6 })
  );
}

/** In order; those that touch or lie over each other are one. */
function joined(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last === undefined || from > last[1]) out.push([from, to]);
    else out[out.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return out;
}

function partsOf(text: string, ranges: readonly Range[]): Part[] {
  const parts: Part[] = [];
  const add = (from: number, to: number, isMatch: boolean): void => {
    if (to > from) parts.push({ from, text: text.slice(from, to), isMatch });
  };
  let done = 0;
  for (const [from, to] of joined(ranges)) {
    add(done, from, false);
    add(from, to, true);
    done = to;
  }
  add(done, text.length, false);
  return parts;
}

/**
 * Best first; of equals those that can be used now, then those that have it nearer to their beginning, then the order of the
 * registry. Of blank text: all, as they stand.
 */
export function matchCommands(commands: readonly Command[], typed: string): CommandMatch[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { match: CommandMatch; rank: number; idle: number; at: number }[] = [];
  for (const command of commands) {
    const places = words.map((word) => placeIn(command, word)).filter((p) => p !== null);
    if (places.length < words.length) continue;
    const ranges = (of: Place['in']): Range[] => places.filter((p) => p.in === of).map((p) => p.range);
    const sum = (of: (p: Place) => number): number => places.reduce((n, p) => n + of(p), 0);
    found.push({
      match: { command, title: partsOf(command.title, ranges('title')), group: partsOf(command.group, ranges('group')) },
      rank: sum((p) => p.rank),
      idle: words.length > 0 && (command.unavailable?.() ?? null) !== null ? 1 : 0,
      at: sum((p) => p.at),
    });
  }
  return found.sort((a, b) => a.rank - b.rank || a.idle - b.idle || a.at - b.at).map(({ match }) => match);
}
