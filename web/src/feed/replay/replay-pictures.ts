/** Pictures and steps of a replay: each stretch that is read has a builder of its own. */
import type { WalkLimits } from '../../../../shared/inspect/walk.ts';
import type { NextQuery, Place } from '../feed.ts';
import type { Inspection, InspectQuery } from '../inspection.ts';
import type { ViewRequest } from '../picture.ts';
import { PictureBuilder } from '../picture-builder.ts';
import type { Replay } from './replay.ts';

export class ReplayPictures {
  #builder: PictureBuilder | null = null;
  #built: Replay['source'] = null;

  constructor(readonly replay: Replay) {}

  /** Of the stretch that is there now; null until there is one. */
  get builder(): PictureBuilder | null {
    const { source } = this.replay;
    if (source !== this.#built) {
      this.#built = source;
      this.#builder = source === null ? null : new PictureBuilder(source);
    }
    return this.#builder;
  }

  /** The next or previous place, read as far as it lies; `request`: the view that is stepped in. */
  async next(query: NextQuery, request: ViewRequest): Promise<Place | null> {
    await this.replay.prepare({ ...request, cursor: query.t, seq: query.seq, span: 1 });
    let place: Place | null = null;
    do place = this.builder?.next(query) ?? null;
    while (place === null && (await this.replay.onward(query.direction, query.t)));
    return place;
  }

  /** Reads around the event, which is looked for in a window of `request`'s length; its number is that of the whole trace. */
  async inspect(query: InspectQuery, request: ViewRequest, limits: WalkLimits): Promise<Inspection | null> {
    const found = this.builder?.inspect(query, limits) ?? null;
    if (found !== null || 'seq' in query) return found;
    await this.replay.prepare({ ...request, cursor: query.t + 1, seq: null });
    return this.builder?.inspect(query, limits) ?? null;
  }
}
