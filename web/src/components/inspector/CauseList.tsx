/** Causes and effects of an event. Each is a button that leads to its event; what is inferred is hollow and says so. */
import type { CauseLink, Causes } from '../../../../shared/inspect/causes.ts';
import { type CauseRow, causeRows, deltaText, relationNames } from './cause-rows.ts';

interface CauseListProps {
  causes: Causes;
  self: { seq: number; t: number; words: string };
  onFollow: (seq: number) => void;
}

export function CauseList({ causes, self, onFollow }: CauseListProps) {
  return (
    <section className="causeList" aria-label="Causes and effects">
      <h3>
        Causes and effects <small>enter follows a link</small>
      </h3>
      <ol>
        {causeRows(causes, self).map((row) => (
          <Row key={row.key} row={row} self={self} onFollow={onFollow} />
        ))}
      </ol>
      {causes.notes.length > 0 && (
        <ul className="causeNotes">
          {causes.notes.map((note) => (
            <li key={`${note.relation} ${note.words}`} className={note.isAbsent ? 'absent' : 'notFound'}>
              <b>{relationNames[note.relation]}</b> {note.words}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ row, self, onFollow }: { row: CauseRow; self: CauseListProps['self']; onFollow: (seq: number) => void }) {
  if (row.kind === 'self') {
    return (
      <li className="cause self" aria-current="true">
        <span className="causeMark self" aria-hidden="true" />
        <span className="causeWords">
          <b>This event</b> {self.words}
        </span>
        <span className="causeDelta mono">0</span>
      </li>
    );
  }
  if (row.kind === 'more') {
    const hidden = row.hidden ?? [];
    return (
      <li className="causeMore">
        <details>
          <summary>{`${hidden.length} more`}</summary>
          <ol>
            {hidden.map((link) => (
              <li key={link.seq}>
                <LinkButton link={link} delta={deltaText(link.t - self.t)} onFollow={onFollow} />
              </li>
            ))}
          </ol>
        </details>
      </li>
    );
  }
  return <li>{row.link !== undefined && <LinkButton link={row.link} delta={row.delta} onFollow={onFollow} />}</li>;
}

function LinkButton({ link, delta, onFollow }: { link: CauseLink; delta: string; onFollow: (seq: number) => void }) {
  return (
    <button type="button" className={`cause ${link.observed}`} onClick={() => onFollow(link.seq)} title={`event ${link.seq}`}>
      <span className={`causeMark of-${link.relation} ${link.observed}`} aria-hidden="true" />
      <span className="causeWords">
        <b>{relationNames[link.relation]}</b> {link.words}
        {link.observed === 'inferred' && <i> inferred</i>}
      </span>
      <span className="causeDelta mono">{delta}</span>
    </button>
  );
}
