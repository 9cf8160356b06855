/**
 * The order in which the kernel will pick the available bids: a queue of u16, as a ring that grows.
 *
 *     head ─► [ 5 ][ 2 ][ 7 ] ◄─ tail      the kernel takes at the head, a give-back adds at the tail
 *
 * A bid that was given back twice stands in it twice.
 */
export class PickOrder {
  #bids: Uint16Array;
  #head = 0;
  #tail = 0;

  /** For so many bids, each of them twice at most; beyond that the oldest entry goes. */
  constructor(bids: number) {
    let capacity = 64;
    while (capacity < bids * 2) capacity *= 2;
    this.#bids = new Uint16Array(capacity);
  }

  /** The bid at the head, or -1 when there is none. */
  get next(): number {
    return this.#head === this.#tail ? -1 : this.#at(this.#head);
  }

  #at(i: number): number {
    return this.#bids[i & (this.#bids.length - 1)] as number;
  }

  /** Place of the first entry of a bid; -1 = it has none. */
  #placeOf(bid: number): number {
    for (let i = this.#head; i !== this.#tail; i++) if (this.#at(i) === bid) return i;
    return -1;
  }

  list(): number[] {
    const out: number[] = [];
    for (let i = this.#head; i !== this.#tail; i++) out.push(this.#at(i));
    return out;
  }

  has(bid: number): boolean {
    return this.#placeOf(bid) >= 0;
  }

  /** The bids behind the first entry of `bid`, as long as `visit` wants more. */
  behind(bid: number, visit: (bid: number) => boolean): void {
    let i = this.#head;
    while (i !== this.#tail && this.#at(i) !== bid) i++;
    for (i++; i < this.#tail; i++) if (!visit(this.#at(i))) return;
  }

  push(bid: number): void {
    if (this.#tail - this.#head === this.#bids.length) this.#head++; // more adds than any ring holds
    this.#bids[this.#tail & (this.#bids.length - 1)] = bid;
    this.#tail++;
  }

  /** Takes out the first entry of a bid; false = it was not at the head (or there is none). */
  take(bid: number): boolean {
    if (this.next === bid) {
      this.#head++;
      return true;
    }
    this.remove(bid);
    return false;
  }

  /** Takes out the first entry of a bid, if it has one. */
  remove(bid: number): void {
    const place = this.#placeOf(bid);
    if (place < 0) return;
    const mask = this.#bids.length - 1;
    for (let k = place; k !== this.#head; k--) this.#bids[k & mask] = this.#at(k - 1);
    this.#head++;
  }

  /** Another bid stands where the first entry of this one stood. */
  replace(bid: number, by: number): void {
    const place = this.#placeOf(bid);
    if (place >= 0) this.#bids[place & (this.#bids.length - 1)] = by;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
  }

  /** Room for so many bids. */
  ensure(bids: number): void {
    if (bids * 2 > this.#bids.length) this.#become(new PickOrder(bids), this.list());
  }

  clone(): PickOrder {
    const copy = new PickOrder(this.#bids.length / 2);
    copy.#bids.set(this.#bids);
    copy.#head = this.#head;
    copy.#tail = this.#tail;
    return copy;
  }

  #become(larger: PickOrder, bids: readonly number[]): void {
    this.#bids = larger.#bids;
    this.#bids.set(bids);
    this.#head = 0;
    this.#tail = bids.length;
  }
}
