/** Length of a bin, ns: shorter than a pixel of the plots at 1/10 speed. */
export const BIN = 0.5e6;
