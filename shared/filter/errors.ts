export type FilterErrorCode =
  /** The text is longer than a filter can be. */
  | 'ELENGTH'
  /** Something stands where it can't. */
  | 'ESYNTAX'
  /** A name that is no field and no short form. */
  | 'EFIELD'
  /** A value that the field can't have, or an operator that it does not know. */
  | 'ETYPE'
  | 'EVALUE';

/** A filter that can't be read: one sentence, and the part of the text that it speaks of (from … to - 1). */
export class FilterError extends Error {
  constructor(
    readonly code: FilterErrorCode,
    message: string,
    readonly from: number,
    readonly to: number,
  ) {
    super(message);
    this.name = 'FilterError';
  }
}
