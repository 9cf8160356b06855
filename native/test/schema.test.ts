/** The C++ and the TypeScript side of the schema are one: same bytes, and headers that follow from the source. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kinds, recordLayout } from '../../shared/schema/events.ts';
import { addon } from './harness.ts';

test('C++ writes every field of every kind where TypeScript reads it', () => {
  const bytes = addon.sampleRecords();
  const codes = Object.values(kinds).map((spec) => spec.code);
  expect(bytes.length).toBe(codes.length * recordLayout.size);
  codes.forEach((code, i) => {
    const v = new DataView(bytes.buffer, bytes.byteOffset + i * recordLayout.size, recordLayout.size);
    const { fields } = recordLayout;
    const k = BigInt(code);
    expect(v.getBigUint64(fields.tNs.offset, true)).toBe(0x1100000000000000n + k);
    expect(v.getBigUint64(fields.userData.offset, true)).toBe(0x2200000000000000n + k);
    expect(v.getInt32(fields.res.offset, true)).toBe(-1000 - code);
    expect(v.getUint32(fields.flags.offset, true)).toBe(0x33000000 + code);
    expect(v.getUint32(fields.a.offset, true)).toBe(0x44000000 + code);
    expect(v.getUint32(fields.b.offset, true)).toBe(0x55000000 + code);
    expect(v.getUint32(fields.request.offset, true)).toBe(0x66000000 + code);
    expect(v.getUint16(fields.thread.offset, true)).toBe(0x7700 + code);
    expect(v.getUint16(fields.ring.offset, true)).toBe(0x8800 + code);
    expect(v.getUint8(fields.kind.offset)).toBe(code);
    expect(v.getUint8(fields.provenance.offset)).toBe(code % 4);
    for (let at = 42; at < recordLayout.size; at++) expect(v.getUint8(at)).toBe(0);
  });
});

test('the generated headers are those that the schema gives', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/gen-schema.ts', '--check'], { cwd: root, stdio: 'pipe' });
});
