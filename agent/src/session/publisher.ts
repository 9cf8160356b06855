/**
 * Ships the blocks of a log to clients, each at its own speed. A client is a cursor: it costs no copy of the stream.
 * A frame goes only while few bytes are on their way to that client (its credit); the log goes on without it.
 * Who falls too far behind gets the summaries of what it missed, then `gap`, and goes on at the newest snapshot.
 */
import type { ServerMessage } from '../../../shared/protocol/messages.ts';
import type { BlockLog, LoggedBlock } from './block-log.ts';

/** The way to one client; the server makes it of a socket. */
export interface ClientPort {
  /** Hands over one frame; `sent` is called once, when the frame has left this process or never will. */
  sendBlocks(frame: Uint8Array, sent: () => void): void;
  sendMessage(message: ServerMessage): void;
  /** Bytes that were handed over and have not left this process. */
  readonly bufferedBytes: number;
}

export interface PublisherLimits {
  /** A frame holds as many whole blocks as fit; one block that is larger goes alone. */
  frameBytes: number;
  /** On the way to a client at most. */
  framesInFlight: number;
  bytesInFlight: number;
  /** A client that is further behind skips to the newest snapshot. */
  maxLagBytes: number;
  /** A new client gets this much of the past. */
  historyNs: bigint;
}

const KIB = 1024;
const defaultLimits: PublisherLimits = {
  frameBytes: 256 * KIB,
  framesInFlight: 4,
  bytesInFlight: 1024 * KIB,
  maxLagBytes: 8 * 1024 * KIB,
  historyNs: 2_000_000_000n,
};

/** What a client has still to get before it goes on at `next`. */
interface Skip {
  /** Next summary to send, and the first ordinal that is sent whole again. */
  at: number;
  readonly until: number;
  /** First and last event that are left out. */
  readonly fromSeq: bigint;
  readonly toSeq: bigint;
}

class Client {
  /** Ordinal of the next block that goes whole. */
  next: number;
  skip: Skip | undefined;
  framesInFlight = 0;
  bytesInFlight = 0;
  /** True inside #pump: a port may call `sent` at once. */
  pumping = false;
  /** Sequence number after the last event that it got, whole or as a summary. */
  endSeq = 0n;

  constructor(
    readonly port: ClientPort,
    next: number,
  ) {
    this.next = next;
  }
}

const concat = (parts: readonly Uint8Array[], bytes: number): Uint8Array => {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const frame = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    frame.set(part, offset);
    offset += part.length;
  }
  return frame;
};

export class Publisher {
  readonly #log: BlockLog;
  readonly #limits: PublisherLimits;
  readonly #clients = new Set<Client>();

  constructor(log: BlockLog, limits: Partial<PublisherLimits> = {}) {
    this.#log = log;
    this.#limits = { ...defaultLimits, ...limits };
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Begins to send to a client; gives the function that ends it. */
  add(port: ClientPort): () => void {
    const { historyNs, maxLagBytes } = this.#limits;
    // Half the lag that is allowed: a new client should not begin with a gap.
    const client = new Client(port, this.#log.startFor(historyNs, maxLagBytes / 2));
    client.endSeq = this.#log.get(client.next)?.seq ?? 0n;
    this.#clients.add(client);
    this.#pump(client);
    return () => this.#clients.delete(client);
  }

  /** Call after blocks were appended to the log. */
  pump(): void {
    for (const client of this.#clients) this.#pump(client);
  }

  #pump(client: Client): void {
    if (client.pumping) return;
    client.pumping = true;
    try {
      this.#sendWhatFits(client);
    } finally {
      client.pumping = false;
    }
  }

  #sendWhatFits(client: Client): void {
    while (this.#clients.has(client) && this.#hasCredit(client)) {
      if (client.skip === undefined) this.#skipIfBehind(client);
      const skip = client.skip;
      if (skip === undefined) {
        const taken = this.#send(client, client.next, this.#log.end, (ordinal) => this.#log.get(ordinal));
        if (taken === 0) return;
        client.next += taken;
      } else if (skip.at < skip.until) {
        skip.at += this.#send(client, skip.at, skip.until, (ordinal) => this.#log.summary(ordinal));
      } else this.#endSkip(client, skip);
    }
  }

  #hasCredit({ port, framesInFlight, bytesInFlight }: Client): boolean {
    const { framesInFlight: frames, bytesInFlight: bytes } = this.#limits;
    return framesInFlight < frames && bytesInFlight < bytes && port.bufferedBytes < 2 * bytes;
  }

  /** Lets a client that is too far behind jump: forward to the newest snapshot, or else to what is still there. */
  #skipIfBehind(client: Client): void {
    const log = this.#log;
    const gone = client.next < log.first;
    if (!gone && log.bytesFrom(client.next) <= this.#limits.maxLagBytes) return;
    const target = log.newestSnapshot() ?? log.first;
    if (target <= client.next) return;
    const toSeq = (log.get(target)?.seq ?? 0n) - 1n;
    client.skip = { at: client.next, until: target, fromSeq: client.endSeq, toSeq };
    client.next = target;
  }

  #endSkip(client: Client, { fromSeq, toSeq }: Skip): void {
    client.skip = undefined;
    client.endSeq = toSeq + 1n;
    client.port.sendMessage({ type: 'gap', fromSeq: Number(fromSeq), toSeq: Number(toSeq) });
  }

  /** Sends one frame of blocks from..to, as many as fit; gives how many ordinals it covers. Blocks that are forgotten are passed over. */
  #send(client: Client, from: number, to: number, blockAt: (ordinal: number) => LoggedBlock | undefined): number {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let ordinal = from;
    for (; ordinal < to; ordinal++) {
      const block = blockAt(ordinal);
      if (block === undefined) continue;
      if (parts.length > 0 && bytes + block.bytes.length > this.#limits.frameBytes) break;
      parts.push(block.bytes);
      bytes += block.bytes.length;
      client.endSeq = block.endSeq;
    }
    if (parts.length > 0) {
      client.framesInFlight++;
      client.bytesInFlight += bytes;
      client.port.sendBlocks(concat(parts, bytes), () => {
        client.framesInFlight--;
        client.bytesInFlight -= bytes;
        this.#pump(client);
      });
    }
    return ordinal - from;
  }
}
