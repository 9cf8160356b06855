/**
 * Sends the changes of the workload's controls, the only place that times them: while someone drags, the value is shown
 * (propose); when the drag ends or the keys rest, one message carries all that changed.
 */
import type { ClientMessage } from '../../../shared/protocol/messages.ts';
import type { PresetName, WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { presetParams } from '../../../shared/schema/workload-params.ts';
import { sentenceOf } from '../feed/sentence-of.ts';
import { accepted, problemOf, propose, refused, type WorkloadStore } from './workload.ts';

type Request = Extract<ClientMessage, { type: 'configure' | 'preset' }>;
type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;
/** Resolves when the agent did it, rejects with its sentence. */
export type Send = (message: WithoutId<Request>) => Promise<void>;

export interface Configurer {
  /** Shows values without sending them: a drag that goes on. */
  preview(change: Partial<WorkloadParams>): void;
  /** Shows values and sends them once no further change came for a moment. */
  change(change: Partial<WorkloadParams>): void;
  preset(name: PresetName): void;
  /** Drops what was not sent. */
  close(): void;
}

export function createConfigurer(store: WorkloadStore, send: Send, restMs = 120): Configurer {
  let gathered: Partial<WorkloadParams> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  const deliver = async (change: Partial<WorkloadParams>, message: WithoutId<Request>): Promise<void> => {
    try {
      await send(message);
      accepted(store, change);
    } catch (e) {
      refused(store, change, sentenceOf(e));
    }
  };

  const flush = (): void => {
    timer = undefined;
    const change = gathered;
    gathered = {};
    const { params } = store.getState();
    if (!params) return;
    const problem = problemOf(params, { ...store.getState().pending, ...change });
    if (problem !== null) refused(store, change, problem);
    else void deliver(change, { type: 'configure', params: change });
  };

  return {
    preview: (change) => propose(store, change),
    change: (change) => {
      propose(store, change);
      gathered = { ...gathered, ...change };
      clearTimeout(timer);
      timer = setTimeout(flush, restMs);
    },
    preset: (name) => {
      clearTimeout(timer);
      timer = undefined;
      gathered = {};
      const change = presetParams(name);
      propose(store, change);
      void deliver(change, { type: 'preset', name });
    },
    close: () => clearTimeout(timer),
  };
}
