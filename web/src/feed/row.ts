/** Work that takes its time, one after another. */
const sentenceOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** A failure is told, as its sentence, and does not stop what waits behind it. */
export function createRow(onTrouble: (sentence: string) => void): (work: () => Promise<void>) => void {
  let row: Promise<void> = Promise.resolve();
  return (work) => {
    row = row.then(work).catch((e: unknown) => onTrouble(sentenceOf(e)));
  };
}
