/**
 * The bids that the kernel will pick, in order. One that was given back twice is there twice.
 *
 *     head ─► [ 5 ][ 2 ][ 7 ] ◄─ tail      the kernel takes at head, what is given back comes in at tail
 *
 * `head` and `tail` only grow; a place is an index between them.
 */
export class PickOrder {
  head = 0;
  tail = 0;
  #bids: Uint16Array;

  constructor(buffers: number) {
    this.#bids = new Uint16Array(PickOrder.#capacityFor(buffers, 64));
  }

  static #capacityFor(buffers: number, least: number): number {
    let capacity = least;
    while (capacity < buffers * 2) capacity *= 2;
    return capacity;
  }

  at(place: number): number {
    return this.#bids[place & (this.#bids.length - 1)] as number;
  }

  /** The first place where `bid` stands; `tail` = nowhere. */
  placeOf(bid: number): number {
    let place = this.head;
    while (place !== this.tail && this.at(place) !== bid) place++;
    return place;
  }

  list(): number[] {
    return Array.from({ length: this.tail - this.head }, (_, i) => this.at(this.head + i));
  }

  push(bid: number): void {
    if (this.tail - this.head === this.#bids.length) this.head++; // more adds than any ring holds: the oldest goes
    this.put(this.tail++, bid);
  }

  put(place: number, bid: number): void {
    this.#bids[place & (this.#bids.length - 1)] = bid;
  }

  /** Takes out what stands there. */
  cut(place: number): void {
    for (let k = place; k !== this.head; k--) this.put(k, this.at(k - 1));
    this.head++;
  }

  clear(): void {
    this.head = 0;
    this.tail = 0;
  }

  /** Room for a group of so many buffers. */
  ensure(buffers: number): void {
    if (buffers * 2 <= this.#bids.length) return;
    const bids = this.list();
    this.#bids = new Uint16Array(PickOrder.#capacityFor(buffers, this.#bids.length));
    this.#bids.set(bids);
    this.head = 0;
    this.tail = bids.length;
  }

  clone(): PickOrder {
    const copy = new PickOrder(0);
    copy.#bids = this.#bids.slice();
    copy.head = this.head;
    copy.tail = this.tail;
    return copy;
  }
}
