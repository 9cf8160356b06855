/** A picture of a trace that is written as text, made the way the worker makes it. For tests of what stands on pictures. */
import { packBlock } from '../../shared/codec/block.ts';
import { traceFromText } from '../../shared/testing/trace-from-text.ts';
import { TraceStore } from '../../shared/timeline/trace-store.ts';
import type { Picture } from '../src/feed/picture.ts';
import { PictureBuilder } from '../src/feed/picture-builder.ts';
import { liveSource } from '../src/feed/picture-source.ts';

export interface PictureOptions {
  /** The newest known moment; without it the last event's. */
  nowNs?: number;
  cqeRows?: number;
}

export function pictureFromText(text: string, { nowNs, cqeRows = 50 }: PictureOptions = {}): Picture {
  const table = traceFromText(text);
  const store = new TraceStore(0n);
  store.accept(packBlock(table, { seq: 0n, startNs: 0n }));
  const last = table.t[table.length - 1] ?? 0;
  const request = {
    ...{ cursor: null, seq: null, span: 48e6, width: 600, firstLane: 0, laneCount: 16, cqeRows },
    ...{ ring: null, group: null, loop: false, loopSlot: null },
  };
  return new PictureBuilder(liveSource(store)).build(request, nowNs ?? last);
}
