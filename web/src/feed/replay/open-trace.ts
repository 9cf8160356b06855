/** Opens a recorded trace, wherever it is, in the worker. */
import { sniffSource } from '../../../../shared/import/registry.ts';
import { bytesSource, paged } from '../../../../shared/trace-file/bytes.ts';
import { TraceFileError } from '../../../../shared/trace-file/errors.ts';
import { TraceFile } from '../../../../shared/trace-file/trace-file.ts';
import { inflate } from '../../trace/inflate.ts';
import { blobSource, httpSource } from '../../trace/sources.ts';
import type { TraceLocation } from '../worker-messages.ts';
import { openText } from './open-text.ts';
import type { OpenTrace } from './replay-core.ts';

export async function openTrace(location: TraceLocation): Promise<OpenTrace> {
  const source =
    location.kind === 'blob'
      ? blobSource(location.blob)
      : location.kind === 'url'
        ? paged(await httpSource(location.url))
        : bytesSource(new Uint8Array(location.bytes));
  try {
    return openTraceFile(await TraceFile.open(source, inflate));
  } catch (e) {
    if (!(e instanceof TraceFileError && e.code === 'ENOTTRACE' && (await sniffSource(source)) !== null)) throw e;
    return openText(source, location.kind === 'blob' && location.blob instanceof File ? location.blob.lastModified : 0);
  }
}

export function openTraceFile(file: TraceFile): OpenTrace {
  const { header, parts, infos } = file;
  const newest = <T>(pick: (info: (typeof infos)[number]) => T | undefined): T | undefined =>
    infos.reduce<T | undefined>((found, info) => pick(info) ?? found, undefined);
  return {
    reader: file,
    told: {
      session: header.session,
      version: header.ringlens,
      params: newest((info) => info.params?.params) ?? header.params,
      stats: newest((info) => info.stats) ?? null,
      notes: file.notes,
      events: parts.reduce((n, part) => n + part.count, 0),
      end: parts.reduce((t, part) => Math.max(t, part.tLast), 0),
      complete: !file.isCut,
      trouble: file.trouble,
    },
  };
}
