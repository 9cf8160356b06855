/** All forms that a trace can be exported to. A new one is a file and a line here. */
import { chrome } from './chrome.ts';
import type { Exporter } from './export.ts';
import { perfetto } from './perfetto.ts';
import { csv, ndjson } from './rows.ts';

export const exporters = { perfetto, chrome, ndjson, csv } as const satisfies Record<string, () => Exporter>;
export type ExportFormat = keyof typeof exporters;
export const exportFormats = Object.keys(exporters) as ExportFormat[];
