import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchCommands, type Part } from './match.ts';
import { type Command, type CommandGroup, commandGroups } from './registry.ts';

const command = (id: string, title: string, group: CommandGroup = 'Picture'): Command => ({ id, title, group, keys: [], run: () => {} });
const commands = [
  command('picture.step', 'Step one CQE'),
  command('picture.stepBack', 'Step one CQE back'),
  command('picture.stepBatch', 'Step one wake or reap batch'),
  command('picture.nextWake', 'Next wake'),
  command('time.now', 'Back to now, window of the speed', 'Time'),
  command('time.fit', 'Fit: the whole trace', 'Time'),
  command('notes.write', 'Write a note', 'Notes'),
  command('page.theme', 'Dark or light', 'Page'),
];
const ids = (typed: string): string[] => matchCommands(commands, typed).map(({ command: { id } }) => id);
/** "[St]ep one": what is marked stands in brackets. */
const drawn = (parts: readonly Part[] = []): string => parts.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join('');
const titles = (typed: string): string[] => matchCommands(commands, typed).map(({ title }) => drawn(title));

describe('what is typed into the palette', () => {
  it('of blank text finds all, as they stand, without a mark', () => {
    expect(ids(' ')).toEqual(commands.map(({ id }) => id));
    expect(titles('')).toEqual(commands.map(({ title }) => title));
  });
  it('has to occur word by word, in any order and in either case', () => {
    expect(titles('BACK st')).toEqual(['[St]ep one CQE [back]']);
    expect(ids('step wake now')).toEqual([]);
  });
  it('is found in the title before the group, and in the group before the id', () => {
    const all = [command('note.x', 'Zoom in', 'Time'), command('b', 'Go on', 'Notes'), command('c', 'Write a note', 'Find')];
    expect(matchCommands(all, 'note').map((m) => m.command.id)).toEqual(['c', 'b', 'note.x']);
  });
  it('is better at the beginning of a title, then of a word, then within one', () => {
    const all = [command('a', 'A refit'), command('b', 'To fit'), command('c', 'Fit: all')];
    expect(matchCommands(all, 'fit').map(({ title }) => drawn(title))).toEqual(['[Fit]: all', 'To [fit]', 'A re[fit]']);
  });
  it('marks the beginning of a word, where there is one, rather than the first letters that fit', () => {
    const all = [command('a', 'Refit, then fit')];
    expect(drawn(matchCommands(all, 'fit')[0]?.title)).toBe('Refit, then [fit]');
  });
  it('is better near the beginning; equals keep their order', () => {
    expect(ids('wake')).toEqual(['picture.nextWake', 'picture.stepBatch']);
    expect(ids('cqe')).toEqual(['picture.step', 'picture.stepBack']);
  });
  it('of equals, what can be used now comes first; a better match stays before it', () => {
    const why = { unavailable: () => 'There is no note yet' };
    const all = [{ ...command('a', 'Next note'), ...why }, command('b', 'Go to the note'), { ...command('c', 'Note it'), ...why }];
    expect(matchCommands(all, 'note').map((m) => m.command.id)).toEqual(['c', 'b', 'a']);
    expect(matchCommands(all, '').map((m) => m.command.id)).toEqual(['a', 'b', 'c']);
  });
  it('marks the group where that is what was meant, and nothing for an id', () => {
    const [first] = matchCommands(commands, 'page li');
    expect([drawn(first?.title), drawn(first?.group)]).toEqual(['Dark or [li]ght', '[Page]']);
    expect(titles('theme')).toEqual(['Dark or light']);
  });
  it('takes signs for letters, not for a pattern', () => {
    expect(titles('fit: .')).toEqual(['[Fit:] the whole trace']);
    expect(ids('.*')).toEqual([]);
  });
  it('marks words that lie over each other once', () => {
    for (const typed of ['step ste', 'ste step']) expect(titles(typed)[0]).toBe('[Step] one CQE');
  });

  it('loses no letter of a title, and finds every command by any of its words', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9/,:×]{1,8}$/);
    const any = fc.record({ title: fc.array(word, { minLength: 1, maxLength: 5 }), group: fc.constantFrom(...commandGroups) });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (made, which, part) => {
        const all = made.map(({ title, group }, i) => command(`id.${i}`, title.join(' '), group));
        const words = made[which % made.length]?.title ?? [];
        const typed = [words[part % words.length], words[0]].join(' ');
        const found = matchCommands(all, typed);
        expect(found.map((m) => m.command)).toContain(all[which % made.length]);
        for (const { command: c, title, group } of found) {
          expect(title.map(({ text }) => text).join('')).toBe(c.title);
          expect(group.map(({ text }) => text).join('')).toBe(c.group);
          for (const { from, text } of title) expect(c.title.slice(from, from + text.length)).toBe(text);
        }
      }),
    );
  });
});
