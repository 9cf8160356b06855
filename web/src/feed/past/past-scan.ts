/** What the agent keeps of before a live search began: what the search goes through when it is done with the rest. */
import { Scan } from '../replay/scan.ts';
import type { PastReader } from './past-reader.ts';

export interface PastScanOptions {
  reader: PastReader;
  startNs: bigint;
  /** Sequence number in the stream of the first event that is not of it. */
  until: number;
  /** Time of the oldest event that the agent keeps, ns. */
  oldest(): number;
}

export class PastScan extends Scan {
  readonly #list: PastReader;
  readonly #oldest: () => number;
  #isListed = false;

  constructor({ reader, startNs, until, oldest }: PastScanOptions) {
    super(reader, startNs, until);
    this.#list = reader;
    this.#oldest = oldest;
  }

  /** One until the parts are known: there is something to ask for. */
  override get total(): number {
    return this.#isListed ? super.total : 1;
  }
  get oldestReachable(): number {
    return this.#oldest();
  }

  keyOf(number: number): number {
    return this.store.seqOf(number);
  }

  /** Reads the list of parts before the first one. */
  override async grow(): Promise<void> {
    if (!this.#isListed) {
      await this.#list.refresh().catch(() => {
        // Nobody tells what there is.
        this.missed = this.until;
      });
      this.#isListed = true;
    }
    await super.grow();
  }
}
