/** All kinds of sources. A new one is a file and a line here. */
import type { Source } from './source.ts';
import { WorkloadSource, type WorkloadSourceOptions } from './workload.ts';

export interface SourceOptions {
  live: WorkloadSourceOptions;
}

const makers: { readonly [K in keyof SourceOptions]: (options: SourceOptions[K]) => Source } = {
  live: (options) => new WorkloadSource(options),
};

/** Makes a source, not started yet. Throws SourceError where this machine can't have it. */
export function createSource<K extends keyof SourceOptions>(kind: K, options: SourceOptions[K]): Source {
  return makers[kind](options);
}
