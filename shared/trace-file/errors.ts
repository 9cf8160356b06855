export type TraceFileErrorCode =
  | 'EEMPTY' /* nothing in it */
  | 'ENOTTRACE' /* something else */
  | 'ENEWER' /* a version that this program can't read */
  | 'EDAMAGED' /* a part can't be read, or the header */
  | 'EREAD' /* its bytes can't be had: no such file, no server */;

/** A trace, or a part of it, that can't be read; `message` is one sentence that says what to do. */
export class TraceFileError extends Error {
  constructor(
    readonly code: TraceFileErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'TraceFileError';
  }
}
