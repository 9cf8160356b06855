/** One row of the CQE list: fixed slots, so that a missing MORE is a hole in its column. */
import { memo } from 'react';
import { errnoName } from '../../../shared/schema/uapi.ts';
import { formatSpan } from '../canvas/time-text.ts';
import type { Picture } from '../feed/picture.ts';
import { type CqeRow, connName } from './cqe-row.ts';
import { formatFlags } from './format.ts';

const heads = [
  ['cDelta', '+µs'],
  ['cConn', 'conn'],
  ['cRes', 'res'],
  ['cFlags', 'flags'],
  ['cBid', 'bid'],
  ['cMore', 'request'],
  ['cWaits', 'socket'],
] as const;

export function CqeHead() {
  return (
    <thead>
      <tr className="cqe cqeHeads">
        {heads.map(([slot, text]) => (
          <th key={slot} scope="col" className={slot}>
            {text}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface PinnedEndProps {
  end: NonNullable<Picture['lastEnd']>;
  cursor: number;
  names: ReadonlyMap<number, string>;
}

export function PinnedEnd({ end, cursor, names }: PinnedEndProps) {
  const since = cursor - end.t;
  const ago = since < 1 ? 'now' : `${formatSpan(since)} ago`;
  return (
    <tbody>
      <tr className="cqe error pinned mono" title="The last request that ended by an error">
        <td className="cDelta" />
        <td className="cConn">{connName(names, end.slot)}</td>
        <td className="cRes">{end.res}</td>
        <td className="cFlags">{formatFlags(end.flags)}</td>
        <td className="cBid" />
        <td className="cMore">
          <span className="chip ended">{end.res < 0 ? errnoName(end.res) : end.cause}</span>
        </td>
        <td className="cWaits ago">{ago}</td>
      </tr>
    </tbody>
  );
}

interface CqeRowViewProps {
  row: CqeRow;
  /** The one that the last step brought. */
  fresh: boolean;
  onPoint: () => void;
  /** It is selected. */
  onPick: () => void;
}

const sameRow = (a: CqeRowViewProps, b: CqeRowViewProps): boolean =>
  a.fresh === b.fresh &&
  a.row.seq === b.row.seq &&
  a.row.title === b.row.title &&
  a.row.delta === b.row.delta &&
  a.row.at.t === b.row.at.t &&
  a.row.batchFirst === b.row.batchFirst &&
  a.row.batchLast === b.row.batchLast &&
  a.row.fate?.kind === b.row.fate?.kind;

export const CqeRowView = memo(function CqeRowView({ row, fresh, onPoint, onPick }: CqeRowViewProps) {
  const classes = ['cqe', row.error && 'error', row.batchFirst && 'batchFirst', row.batchLast && 'batchLast', fresh && 'fresh'];
  return (
    <tr className={classes.filter(Boolean).join(' ')} title={row.title} onPointerEnter={onPoint} onClick={onPick}>
      <td className="cDelta">{row.delta}</td>
      <td className="cConn">{row.conn}</td>
      <td className="cRes">{row.res}</td>
      <td className="cFlags">{row.flags}</td>
      <td className="cBid">{row.bid !== '' && <span className={row.bufMore ? 'chip bid sliced' : 'chip bid'}>{row.bid}</span>}</td>
      <td className="cMore">{row.fate && <span className={`chip ${row.fate.kind}`}>{row.fate.text}</span>}</td>
      <td className="cWaits">
        {row.nonEmpty && <span className={`chip ${row.nonEmpty === 'data' ? 'nonEmpty' : 'eofWaits'}`}>NONEMPTY</span>}
        {row.bufMore && <span className="chip bufMore">BUF_MORE</span>}
      </td>
    </tr>
  );
}, sameRow);
