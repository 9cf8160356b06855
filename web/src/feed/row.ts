import { sentenceOf } from './sentence-of.ts';

/** Work that takes its time, one after another. A failure is told, as its sentence, and does not stop what waits behind it. */
export function createRow(onTrouble: (sentence: string) => void): (work: () => Promise<void>) => void {
  let row: Promise<void> = Promise.resolve();
  return (work) => {
    row = row.then(work).catch((e: unknown) => onTrouble(sentenceOf(e)));
  };
}
