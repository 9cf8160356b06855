/** All kinds of sources. A new one is a file and a line here. */
import { AttachSource, type TraceSourceOptions } from './attach.ts';
import { LaunchSource, type LaunchSourceOptions } from './launch.ts';
import { WorkloadSource, type WorkloadSourceOptions } from './workload.ts';

export interface SourceOptions {
  live: WorkloadSourceOptions;
  attach: TraceSourceOptions;
  run: LaunchSourceOptions;
}

interface Sources {
  live: WorkloadSource;
  attach: AttachSource;
  run: LaunchSource;
}

const makers: { readonly [K in keyof SourceOptions]: (options: SourceOptions[K]) => Sources[K] } = {
  live: (options) => new WorkloadSource(options),
  attach: (options) => new AttachSource(options),
  run: (options) => new LaunchSource(options),
};

/** Makes a source, not started yet. Throws SourceError where this machine can't have it. */
export function createSource<K extends keyof SourceOptions>(kind: K, options: SourceOptions[K]): Sources[K] {
  return makers[kind](options);
}
