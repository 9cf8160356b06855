import { describe, expect, it } from 'vitest';
import { allFeatures, darwin, failing, machine, root } from '../preflight/testing.ts';
import { checkAsText, checkMachine, textOptionsFor } from './check-report.ts';

const plain = { columns: undefined, color: false };
const ESC = String.fromCharCode(27);

describe('the report of check', () => {
  it('has a line for each check and verdict, and what to type in the line below', () => {
    const text = checkAsText(checkMachine(machine(), '1.2.3'), plain);
    expect(text).toMatch(/^ringlens 1\.2\.3 on Linux 6\.18\.0\n\nok {7}operating system {12}Linux 6\.18\.0\n/);
    expect(text).toMatch(/\nnote {5}back end tracefs {12}Not permitted: .*\.\n {9}type: sudo ringlens live\n/);
    expect(text).toMatch(/\n\nok {7}live workload {15}yes\nnote {5}kernel side observed by {5}nothing/);
    expect(text).toMatch(/\nok {7}replay {22}yes, everywhere\n$/);
    expect(text).not.toContain(ESC);
  });

  it.each([80, 120])('fits into %i columns, with commands in one piece', (columns) => {
    for (const environment of [machine(), machine(root), machine(darwin), machine({ features: failing('EPERM'), seccompMode: 2 })]) {
      const text = checkAsText(checkMachine(environment, '1.2.3'), { columns, color: false });
      for (const line of text.split('\n')) if (!line.startsWith('         type: ')) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('is the same text in colour', () => {
    const result = checkMachine(machine({ features: () => ({ ...allFeatures, bufRing: false }) }), '1.2.3');
    const colored = checkAsText(result, { columns: 100, color: true });
    for (const [status, color] of [
      ['ok', 32],
      ['note', 33],
      ['problem', 31],
    ])
      expect(colored).toContain(`${ESC}[${color}m${status}${ESC}[0m`);
    expect(colored.replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '')).toBe(checkAsText(result, { columns: 100, color: false }));
  });

  it('is in colour and broken into lines on a terminal only, and not with NO_COLOR', () => {
    expect(textOptionsFor({}, {})).toEqual(plain);
    expect(textOptionsFor({ isTTY: true, columns: 100 }, {})).toEqual({ columns: 100, color: true });
    expect(textOptionsFor({ isTTY: true, columns: 100 }, { NO_COLOR: '' })).toEqual({ columns: 100, color: true });
    expect(textOptionsFor({ isTTY: true, columns: 100 }, { NO_COLOR: '1' })).toEqual({ columns: 100, color: false });
    expect(textOptionsFor({ isTTY: true }, { TERM: 'dumb' })).toEqual({ columns: 80, color: false });
  });

  it('is JSON without what is not known', () => {
    const { report } = checkMachine(machine(darwin), '1.2.3');
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      ringlens: '1.2.3',
      schema: 1,
      kernel: 'Darwin 24.1.0',
      live: false,
      backend: '',
      attach: false,
      checks: [{ id: 'platform', title: 'operating system', status: 'problem', code: 'EUNSUPPORTED', detail: expect.any(String) }],
    });
  });
});
