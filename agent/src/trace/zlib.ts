/** Raw deflate of node:zlib, in its thread pool. */
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';
import type { Deflate, Inflate } from '../../../shared/trace-file/bytes.ts';

const deflateAsync = promisify<Uint8Array, { level: number }, Uint8Array>(deflateRaw);
const inflateAsync = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflateRaw);

/** Blocks are column coded already: a higher level takes several times as long for some percent. */
export const deflate: Deflate = (raw) => deflateAsync(raw, { level: constants.Z_BEST_SPEED + 2 });

/** Rejects as soon as more than `size` bytes come. */
export const inflate: Inflate = (stored, size) => inflateAsync(stored, { maxOutputLength: Math.max(1, size) });
