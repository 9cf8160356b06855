/**
 * Goes through a trace once and hands each event to an exporter, together with what the model says of it. What an exporter
 * writes leaves in pieces: nothing is kept but open spans.
 */
import type { EventTable } from '../codec/event-table.ts';
import type { RingModel } from '../model/ring-model.ts';
import type { SessionInfo } from '../protocol/messages.ts';

/** Takes what is written, in order. */
export type Write = (piece: string | Uint8Array) => void;

export interface ExportContext {
  readonly model: RingModel;
  readonly session: SessionInfo;
  readonly write: Write;
}

export interface Exporter {
  begin?(context: ExportContext): void;
  /** Event `i` of the table, the trace's event `number`, was just applied to the model. */
  event(table: EventTable, i: number, number: number, context: ExportContext): void;
  /** `t` = time of the last event, ns. */
  end?(t: number, context: ExportContext): void;
}

export class Export {
  readonly #context: ExportContext;
  #number = 0;
  #t = 0;

  constructor(
    private readonly exporter: Exporter,
    model: RingModel,
    session: SessionInfo,
    write: Write,
  ) {
    this.#context = { model, session, write };
    exporter.begin?.(this.#context);
  }

  /** Events so far. */
  get events(): number {
    return this.#number;
  }

  /** Events in the order of the stream, decoded with the model's dictionary. */
  add(table: EventTable): void {
    const { model } = this.#context;
    for (let i = 0; i < table.length; i++) {
      model.apply(table, i);
      this.#t = table.t[i] as number;
      this.exporter.event(table, i, this.#number++, this.#context);
    }
  }

  end(): void {
    this.exporter.end?.(this.#t, this.#context);
  }
}
