/**
 * Typed arrays as bytes, for what is stored in files: little endian, whatever the offset they are read from. Every machine
 * that this runs on is little endian (typed arrays take the machine's order), so that no byte is turned.
 */

type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A view of the array's bytes; no copy. */
export const bytesOf = (column: Column): Uint8Array => new Uint8Array(column.buffer, column.byteOffset, column.byteLength);

const read = <T extends Column>(type: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number }, bytes: unknown): T => {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength % type.BYTES_PER_ELEMENT !== 0)
    throw new RangeError(`a column of ${type.BYTES_PER_ELEMENT}-byte numbers is no such column`);
  return new type(bytes.slice().buffer as ArrayBuffer);
};

/** A copy of the bytes as numbers. Throw RangeError for what are no bytes, or not a whole number of them. */
export const float64s = (bytes: unknown): Float64Array<ArrayBuffer> => read(Float64Array, bytes);
export const int32s = (bytes: unknown): Int32Array<ArrayBuffer> => read(Int32Array, bytes);
export const uint32s = (bytes: unknown): Uint32Array<ArrayBuffer> => read(Uint32Array, bytes);
export const uint16s = (bytes: unknown): Uint16Array<ArrayBuffer> => read(Uint16Array, bytes);
export const uint8s = (bytes: unknown): Uint8Array<ArrayBuffer> => read(Uint8Array, bytes);
