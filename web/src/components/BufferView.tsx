/** Bytes of a held buffer of the own workload, in hex and as text; of a multishot recvmsg the header is taken apart. */
import type { RecvmsgOut, RecvmsgOutError } from '../../../shared/inspect/recvmsg-out.ts';

const BYTES_A_ROW = 8;
/** More are never read. */
const MOST_ROWS = 32;

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const letter = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·');

function Rows({ bytes }: { bytes: Uint8Array }) {
  const count = Math.min(MOST_ROWS, Math.ceil(bytes.length / BYTES_A_ROW));
  return (
    <pre className="bufferBytes mono">
      {Array.from({ length: count }, (_, row) => {
        const part = [...bytes.subarray(row * BYTES_A_ROW, (row + 1) * BYTES_A_ROW)];
        return `${(row * BYTES_A_ROW).toString(16).padStart(4, '0')}  ${part
          .map(hex)
          .join(' ')
          .padEnd(BYTES_A_ROW * 3 - 1)}  ${part.map(letter).join('')}`;
      }).join('\n')}
      {bytes.length > count * BYTES_A_ROW ? `\n… ${bytes.length - count * BYTES_A_ROW} more bytes` : ''}
    </pre>
  );
}

function Header({ out }: { out: RecvmsgOut }) {
  const { address, namelen, controllen, payloadlen, flagNames, payload, trouble } = out;
  const rows: [string, string][] = [
    ['name', address ?? (namelen === 0 ? 'none' : `${namelen} bytes`)],
    ['control', `${controllen} bytes`],
    ['payload', `${payloadlen} bytes, from byte ${payload.from} on`],
    ['flags', flagNames.length === 0 ? 'none' : flagNames.join(' ')],
  ];
  return (
    <>
      <dl className="recvmsgOut">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
      {trouble.map((sentence) => (
        <p key={sentence} className="dim">
          {sentence}
        </p>
      ))}
    </>
  );
}

/** `out`: of a multishot recvmsg what stands in front of the payload; null = the bytes are payload. */
export function BufferView({ bid, bytes, out }: { bid: number; bytes: Uint8Array; out: RecvmsgOut | RecvmsgOutError | null }) {
  return (
    <section className="bufferView" aria-label={`Content of buffer ${bid}`}>
      <h3>
        Buffer {bid} <small>{bytes.length} bytes, as it is held now</small>
      </h3>
      {out !== null && ('error' in out ? <p className="dim">{out.error}</p> : <Header out={out} />)}
      <Rows bytes={bytes} />
    </section>
  );
}
