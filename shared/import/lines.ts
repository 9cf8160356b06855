/** Cuts text that comes in pieces into lines. What is held has a bound: of a longer line the rest is thrown away. */
import { LONGEST_LINE } from './text-format.ts';

export class Lines {
  #rest = '';

  constructor(private readonly visit: (line: string) => void) {}

  push(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      this.#add(piece.slice(from, end));
      const line = this.#rest;
      this.#rest = '';
      from = end + 1;
      this.visit(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    this.#add(piece.slice(from));
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#rest !== '') this.visit(this.#rest);
    this.#rest = '';
  }

  /** One letter more than the longest line: so that a longer one is seen to be one. */
  #add(part: string): void {
    if (this.#rest.length <= LONGEST_LINE) this.#rest += part.slice(0, LONGEST_LINE + 1 - this.#rest.length);
  }
}
