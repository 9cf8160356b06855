/** Shortest length of a bin, ns: shorter than a pixel of the plots at 1/10 speed. */
export const BIN = 0.5e6;

/** Length of the bins of one index, ns; a power of two times BIN. An index of a whole trace makes it longer as it fills. */
export interface BinWidth {
  ns: number;
}

/** Start of the bin that `t` lies in. */
export const binOf = (width: BinWidth, t: number): number => Math.floor(t / width.ns) * width.ns;
