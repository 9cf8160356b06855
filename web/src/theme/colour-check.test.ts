import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ciede2000, contrast, customProperties, difference, visions } from './colour-check.ts';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const dark = customProperties(css, ':root');
const themes = { dark, light: new Map([...dark, ...customProperties(css, "html[data-theme='light']")]) };
const states = ['arm', 'data', 'held', 'end', 'avail'] as const;

describe('the arithmetic', () => {
  it('agrees with WCAG on black and white', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  });
  it('agrees with the published CIEDE2000 test data', () => {
    // Sharma, Wu, Dalal 2005, table 1, pairs 1, 7, 16 and 25.
    expect(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
    expect(ciede2000([50, 0, 0], [50, -1, 2])).toBeCloseTo(2.3669, 4);
    expect(ciede2000([50, 2.5, 0], [50, 0, -2.5])).toBeCloseTo(4.3065, 4);
    expect(ciede2000([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387])).toBeCloseTo(1.2644, 4);
  });
});

describe.each(Object.entries(themes))('%s theme', (_, tokens) => {
  const token = (name: string): string => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no token --${name}`);
    return value;
  };

  it.each(['ink0', 'ink1', 'ink2', 'armT', 'dataT', 'heldT', 'endT', 'sel'])('text in %s is readable on plots, panels and bars', (name) => {
    for (const ground of ['bg0', 'bg1', 'bg2']) expect(contrast(token(name), token(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each([...states, 'sel', 'ctl'])('marks in %s stand out from plots and panels', (name) => {
    for (const ground of ['bg0', 'bg1']) expect(contrast(token(name), token(ground)), ground).toBeGreaterThanOrEqual(3);
  });

  it('text on filled chips and pressed buttons is readable', () => {
    for (const [ink, fill] of [
      ['onData', 'data'],
      ['onHeld', 'heldFill'],
      ['onEnd', 'end'],
      ['bg1', 'ink0'],
      ['bg1', 'ink1'],
      ['ink0', 'bg4'],
      ['ink1', 'bg3'],
    ] as const) {
      expect(contrast(token(ink), token(fill)), `${ink} on ${fill}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(visions)('state colours differ for %s vision', (vision) => {
    for (const [i, a] of states.entries()) {
      for (const b of states.slice(i + 1)) expect(difference(token(a), token(b), vision), `${a} and ${b}`).toBeGreaterThanOrEqual(14);
    }
  });
});

it('both themes name the same colours', () => {
  const lightOnly = customProperties(css, "html[data-theme='light']");
  const colours = [...dark.keys()].filter((name) => name !== 'ui' && name !== 'mono');
  expect([...lightOnly.keys()].sort()).toEqual(colours.sort());
});
