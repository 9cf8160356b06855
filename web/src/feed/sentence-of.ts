/** What an error says, whatever was thrown. */
export const sentenceOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));
