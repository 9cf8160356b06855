/** The flags word of a CQE, bit by bit, with the names of its flags. */
import { rulerLayout } from './ruler-layout.ts';

const setWords: Readonly<Record<string, string>> = {
  F_BUFFER: 'bits 31–16 are a bid',
  F_MORE: 'the request lives on',
  F_SOCK_NONEMPTY: 'more data waits',
  F_NOTIF: 'a notification',
  F_BUF_MORE: 'same buffer goes on',
};

const shortName = (name: string): string => name.replace(/^F_/, '');

export function BitRuler({ flags }: { flags: number }) {
  const ruler = rulerLayout(flags);
  const names = ruler.leaders.flatMap(({ field }) => (field.value !== 0 ? [shortName(field.name)] : [])).reverse();
  const label = `flags ${names.length > 0 ? names.join(', ') : 'none set'}${ruler.bid === null ? '' : `, bid ${ruler.bid.value}`}`;
  return (
    <figure className="bitRuler">
      <svg viewBox={`0 0 ${ruler.width} ${ruler.height}`} role="img" aria-label={label}>
        {ruler.rows.map(({ text, y }) => (
          <text key={text} className="rulerRow" x={0} y={y + 14}>
            {text}
          </text>
        ))}
        {ruler.leaders.map(({ field, points }) => (
          <polyline
            key={field.name}
            className={`leader ${field.value !== 0 ? 'set' : ''}`}
            data-flag={field.name}
            points={points.map((p) => p.join(',')).join(' ')}
          />
        ))}
        {ruler.cells.map(({ bit, x, y, isSet, name }) => (
          <g key={bit} className={`bit ${isSet ? 'set' : ''}`} data-flag={name}>
            <title>{`bit ${bit}: ${isSet ? 1 : 0}${name.startsWith('bit ') ? '' : `, ${name}`}`}</title>
            <rect x={x + 1.5} y={y} width={ruler.cell.width} height={ruler.cell.height} rx={2} />
            <text x={x + 1.5 + ruler.cell.width / 2} y={y + 14}>
              {isSet ? 1 : 0}
            </text>
          </g>
        ))}
        {ruler.bid !== null && (
          <text className="rulerBid" x={ruler.bid.x} y={ruler.bid.y}>
            buffer id = <tspan>{ruler.bid.value}</tspan>
          </text>
        )}
        {ruler.leaders.map(({ field, label: [x, y] }) => (
          <text key={field.name} className={`leaderName ${field.value !== 0 ? 'set' : ''}`} x={x} y={y + 4}>
            <title>{field.doc}</title>
            {field.value !== 0 ? setWords[field.name] : 'not set'} <tspan>{shortName(field.name)}</tspan>
          </text>
        ))}
      </svg>
      {ruler.others.length > 0 && (
        <figcaption>
          {ruler.others.map((field) => (
            <p key={field.name}>
              <b>{shortName(field.name)}</b> {field.doc}
            </p>
          ))}
        </figcaption>
      )}
    </figure>
  );
}
