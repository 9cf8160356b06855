/** The rows of the list of causes and effects: links in the order of time, with the event itself among them. Pure. */
import type { CauseLink, Causes, Relation } from '../../../../shared/inspect/causes.ts';
import { formatSpan } from '../../canvas/time-text.ts';

export const relationNames: Readonly<Record<Relation, string>> = {
  connect: 'Connect',
  submit: 'Submit',
  poll_arm: 'Poll arm',
  wake: 'Wake',
  sibling: 'Same wake',
  cqe: 'CQE',
  reap: 'Reaped',
  buffer_before: 'Buffer before',
  buffer_given_back: 'Given back',
  next_holder: 'Buffer next',
  overflow: 'CQ full',
  refused: 'Refused',
  end: 'End',
  rearm: 'Armed anew',
  close: 'Close',
};

export interface CauseRow {
  readonly kind: 'link' | 'self' | 'more';
  readonly key: string;
  readonly link?: CauseLink;
  /** "−6.14 ms" from the event; "0" at it. */
  readonly delta: string;
  /** Of a `more` row: the links that it stands for. */
  readonly hidden?: readonly CauseLink[];
}

const MINUS = '\u2212';
export const deltaText = (ns: number): string => (ns === 0 ? '0' : `${ns < 0 ? MINUS : '+'}${formatSpan(Math.abs(ns))}`);

/** Links of one relation in a row that are shown; the others are folded. */
const MOST_IN_A_ROW = 4;

export function causeRows(causes: Causes, self: { seq: number; t: number }): CauseRow[] {
  const rows: CauseRow[] = [];
  const rowOf = (link: CauseLink): CauseRow => ({
    kind: 'link',
    key: `${link.relation} ${link.seq}`,
    link,
    delta: deltaText(link.t - self.t),
  });
  const add = (links: readonly CauseLink[]): void => {
    for (let i = 0; i < links.length; ) {
      const first = links[i] as CauseLink;
      let end = i + 1;
      while (end < links.length && links[end]?.relation === first.relation) end++;
      const run = links.slice(i, end);
      const shown = run.length > MOST_IN_A_ROW ? run.slice(0, MOST_IN_A_ROW - 1) : run;
      const hidden = run.slice(shown.length);
      rows.push(...shown.map(rowOf));
      if (hidden.length > 0) rows.push({ kind: 'more', key: `more ${first.relation} ${first.seq}`, hidden, delta: '' });
      i = end;
    }
  };
  add(causes.links.filter((l) => l.seq < self.seq));
  rows.push({ kind: 'self', key: 'self', delta: '0' });
  add(causes.links.filter((l) => l.seq > self.seq));
  return rows;
}
