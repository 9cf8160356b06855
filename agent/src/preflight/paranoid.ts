import { perfmonCapable } from './capabilities.ts';
import type { Check } from './check.ts';

/** Above this, tracepoints of the whole machine need CAP_PERFMON: perf_trace_event_perm() in kernel/trace/trace_event_perf.c. */
export const TRACEPOINTS_FOR_ALL = -1;

export const paranoidCheck: Check = {
  id: 'perf_event_paranoid',
  title: 'kernel.perf_event_paranoid',
  blocks: 'nothing',
  run(environment) {
    const { platform, sysctl } = environment;
    if (platform !== 'linux') return undefined;
    const value = sysctl('kernel.perf_event_paranoid');
    if (value === undefined) return { status: 'note', detail: 'This kernel has no perf events.' };
    if (value <= TRACEPOINTS_FOR_ALL) return { status: 'ok', detail: `${value}: everyone may read tracepoints` };
    if (perfmonCapable(environment)) return { status: 'ok', detail: `${value}, and this process may read tracepoints` };
    return { status: 'note', detail: `${value}: without CAP_PERFMON this process may not read tracepoints through perf.` };
  },
};
