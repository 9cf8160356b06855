/** docs/trace-format.md: its example is what the writer makes, its reader reads our files, and it names every field. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packBlock } from '../codec/block.ts';
import { tableOf } from '../codec/event-table.ts';
import { Kind, kinds } from '../schema/events.ts';
import { MemorySink, testHeader } from '../testing/trace-file.ts';
import { bytesSource } from './bytes.ts';
import type { TraceHeader } from './content.ts';
import { FILE_HEADER_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import { traceRecords } from './scan.ts';
import { TraceFile } from './trace-file.ts';
import { TraceWriter } from './writer.ts';

const text = readFileSync(new URL('../../docs/trace-format.md', import.meta.url), 'utf8');
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const inflate = async (stored: Uint8Array, size: number) => new Uint8Array(inflateRawSync(stored, { maxOutputLength: Math.max(1, size) }));

/** Nothing is deflated: what zlib makes differs from machine to machine. */
async function example(): Promise<Uint8Array> {
  const { name, ...task } = { name: 'task_work', ...kinds.task_work };
  const header: TraceHeader = {
    ...testHeader,
    ringlens: '0.1.0',
    session: { ...testHeader.session, startNs: '5000000000', startWallMs: 1764000000000 },
    params: null,
    schema: [{ code: task.code, name, fields: task.fields }],
  };
  const sink = new MemorySink();
  const writer = await TraceWriter.create(sink, async (raw) => raw, header);
  const events = [1000, 2500].map((t, i) => ({ t, kind: Kind.task_work, provenance: 1, a: i + 1, ring: 1 }));
  await writer.blocks([packBlock(tableOf(events), { seq: 0n, startNs: 5_000_000_000n })]);
  await writer.info({ ended: { code: 'ok', message: 'It was told to end.' } });
  await writer.notes([{ id: 'n1', t: 2500, kind: 'bookmark', text: 'here' }]);
  await writer.close();
  return sink.bytes;
}

const hexLines = (bytes: Uint8Array, from: number, to: number): string[] => {
  const lines: string[] = [];
  for (let at = from; at < to; at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, to))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`    ${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${letters}`.trimEnd());
  }
  return lines;
};

/** The file as the document shows it: each record under its name, its header in lines of its own. */
async function dump(bytes: Uint8Array): Promise<string> {
  const lines = ['    file header', ...hexLines(bytes, 0, FILE_HEADER_BYTES)];
  for await (const { offset, header } of traceRecords(bytesSource(bytes))) {
    const body = offset + RECORD_HEADER_BYTES;
    lines.push('', `    ${header.type}: header, then ${header.stored} bytes`, ...hexLines(bytes, offset, body));
    lines.push(...hexLines(bytes, body, body + header.stored));
  }
  return lines.join('\n');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringlens-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/trace-format.md', () => {
  it('shows, byte for byte, the file that the writer makes', async () => {
    const [begin, end] = ['<!-- example: begin -->\n', '\n<!-- example: end -->'];
    const shown = text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trimEnd();
    const wanted = await dump(await example());
    const hint = 'Put what stands in the file named here between the markers of docs/trace-format.md';
    if (shown !== wanted) writeFileSync(join(tmpdir(), 'ringlens-trace-format-example.txt'), `${wanted}\n`);
    expect(shown, `${hint}: ${join(tmpdir(), 'ringlens-trace-format-example.txt')}`).toBe(wanted);
  });

  it('shows a file that can be opened again from what is shown', async () => {
    const bytes = Uint8Array.from(
      [...text.matchAll(/^ {4}[0-9a-f]{4} {2}((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2})(?= |$)/gm)].flatMap(([, hex]) =>
        (hex as string).split(' ').map((byte) => Number.parseInt(byte, 16)),
      ),
    );
    const trace = await TraceFile.open(bytesSource(bytes), inflate);
    expect(trace.trouble).toEqual([]);
    expect([trace.parts[0]?.count, trace.notes[0]?.text, trace.infos[0]?.ended?.code]).toEqual([2, 'here', 'ok']);
  });

  it('has a reader that reads the example recordings as ours does', async () => {
    const [, code] = /```python\n(.*?)```/s.exec(text) as unknown as [string, string];
    const script = join(folder, 'read.py');
    writeFileSync(script, code);
    const files = readdirSync(examples).filter((name) => name.endsWith('.ringlens'));
    expect(files.length).toBeGreaterThan(2);
    for (const name of files) {
      const bytes = new Uint8Array(readFileSync(join(examples, name)));
      const wanted: string[] = [];
      for await (const { offset, header } of traceRecords(bytesSource(bytes)))
        wanted.push(`${header.type} ${offset} ${header.stored} ${header.raw}`);
      const { parts } = await TraceFile.open(bytesSource(bytes), inflate);
      wanted.push(`events ${parts.reduce((n, { count }) => n + count, 0)}`);
      expect(
        execFileSync('python3', [script, join(examples, name)], { encoding: 'utf8' })
          .trim()
          .split('\n'),
      ).toEqual(wanted);
    }
  });

  it('names every field that stands in a recording', async () => {
    const undocumented = new Set<string>();
    const visit = (value: unknown, path: string): void => {
      if (Array.isArray(value)) for (const one of value) visit(one, path);
      else if (typeof value === 'object' && value !== null)
        for (const [name, of] of Object.entries(value)) {
          if (!text.includes(`\`${name}\``)) undocumented.add(`${path}.${name}`);
          // What stands in these is told where the document links to, or is data.
          if (!/\.(params|features)$/.test(`${path}.${name}`)) visit(of, `${path}.${name}`);
        }
    };
    for (const name of readdirSync(examples).filter((file) => file.endsWith('.ringlens'))) {
      const bytes = new Uint8Array(readFileSync(join(examples, name)));
      for await (const { header, stored } of traceRecords(bytesSource(bytes))) {
        if (stored === null || !['HEAD', 'info', 'note', 'indx'].includes(header.type)) continue;
        const raw = header.encoding === 1 ? await inflate(stored, header.raw) : stored;
        visit(JSON.parse(new TextDecoder().decode(raw)), header.type);
      }
    }
    expect([...undocumented]).toEqual([]);
  });
});
