/** The bytes of a CQE or an SQE, grouped by field. What the trace does not tell is two dots, never a zero. */
import type { RawStruct } from '../../../../shared/inspect/bytes.ts';

interface HexCqeProps {
  /** "Raw CQE". */
  title: string;
  struct: RawStruct;
}

export function HexCqe({ title, struct }: HexCqeProps) {
  return (
    <section className="hexCqe" aria-label={title}>
      <h3>
        {title} <small>{struct.bytes.length} bytes, little endian</small>
      </h3>
      <ol>
        {struct.fields.map((field) => (
          <li key={field.name} className={field.value === null ? 'untold' : ''} title={`bytes ${field.from} to ${field.to - 1}`}>
            <span className="hexBytes mono">
              {field.hex.split(' ').map((byte, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a byte has no name but its place
                <span key={i} className={byte === '00' ? 'zero' : ''}>
                  {byte}
                </span>
              ))}
            </span>
            <span className="hexName">
              {field.name} <b>{field.words}</b>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
