/** The debugger of a session: the breakpoints as they were written, and what is told of stops. */
import { FilterError } from '../../../shared/filter/errors.ts';
import { compileBreakpoint } from '../../../shared/filter/lower.ts';
import type { BreakpointSpec, BufferBytes, DebugCommand, DebugInfo } from '../../../shared/protocol/debug.ts';
import { type DebugState, type NativeBreakpoint, type Source, type SourceDebugger, SourceError } from '../sources/source.ts';

/** Throws SourceError `EBREAKPOINT` with one sentence for a text that is no condition. */
export function compileBreakpoints(specs: readonly BreakpointSpec[]): NativeBreakpoint[] {
  if (new Set(specs.map(({ id }) => id)).size < specs.length)
    throw new SourceError('EBREAKPOINT', 'Two breakpoints have the same number; give each its own.');
  return specs.map(({ id, text, enabled, ignore }) => {
    try {
      return { id, enabled, ignore, program: compileBreakpoint(text) };
    } catch (e) {
      if (!(e instanceof FilterError)) throw e;
      throw new SourceError('EBREAKPOINT', `"${text}": ${e.message}`);
    }
  });
}

export class Debugging {
  readonly #debugger: SourceDebugger | null;
  #specs: readonly BreakpointSpec[];
  /** The condition that was hit last, as it was then: the list may have changed since. */
  #hit = { key: '', text: '' };
  /** Lists of breakpoints so far. */
  #lists = 0;
  #told = '';

  /** `specs` are those that the source was made with. */
  constructor(source: Source, specs: readonly BreakpointSpec[]) {
    this.#debugger = source.debugger;
    this.#specs = specs;
  }

  get #own(): SourceDebugger {
    if (this.#debugger === null)
      throw new SourceError('ENOTOURS', 'This is another process: ringlens looks at it and stops nothing in it.');
    return this.#debugger;
  }

  /** Throws SourceError, and changes nothing, where it can't be done. */
  do(command: DebugCommand): void {
    const own = this.#own;
    switch (command.type) {
      case 'pause':
        own.pause();
        return;
      case 'resume':
        own.resume();
        return;
      case 'step':
        own.step(command.unit);
        return;
      case 'breakpoints': {
        const breakpoints = compileBreakpoints(command.list);
        // What was hit before keeps its text.
        this.info();
        own.setBreakpoints(breakpoints);
        this.#specs = command.list;
        this.#lists++;
        return;
      }
      case 'act':
        own.act(command.name, command.target, command.value);
        return;
      default:
        command satisfies never;
    }
  }

  look(bid: number): BufferBytes {
    return this.#own.look(bid);
  }

  /** null where nothing can be stopped. */
  info(): DebugInfo | null {
    return this.#debugger === null ? null : this.#infoOf(this.#debugger.state());
  }

  #infoOf({ stopped, cqes, waiting, overflowed, hits, stop }: DebugState): DebugInfo {
    const hitsOf = new Map(hits.map(({ id, hits: n }) => [id, n]));
    return {
      stopped,
      cqes,
      waiting,
      overflowed,
      stop: stop && {
        ...stop,
        breakpoint: stop.breakpoint === 0 ? null : { id: stop.breakpoint, text: this.#textOf(stop) },
      },
      breakpoints: this.#specs.map((spec) => ({ ...spec, hits: hitsOf.get(spec.id) ?? 0 })),
    };
  }

  /** What there is to tell since the last time; null = nothing. */
  news(): DebugInfo | null {
    if (this.#debugger === null) return null;
    const state = this.#debugger.state();
    const { stopped, cqes, waiting, overflowed, hits, stop } = state;
    // It is asked with each batch of blocks. What is reaped while nothing stops is no news: the stats tell it.
    const key = [stopped, stopped ? cqes : 0, waiting, overflowed, stop?.cqes, this.#lists, ...hits.map((h) => h.hits)].join(' ');
    if (key === this.#told) return null;
    this.#told = key;
    // Of the state that the key was made of: the kernel goes on, and what came since is the next news.
    return this.#infoOf(state);
  }

  #textOf({ breakpoint, cqes, event }: NonNullable<DebugState['stop']>): string {
    const key = `${breakpoint} ${cqes} ${event?.t}`;
    if (key !== this.#hit.key) this.#hit = { key, text: this.#specs.find(({ id }) => id === breakpoint)?.text ?? '' };
    return this.#hit.text;
  }
}
