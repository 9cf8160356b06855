import type { Check } from './check.ts';

/** What is not seen without a tracepoint of include/trace/events/io_uring.h (and one of sched.h). */
const costs: Readonly<Record<string, string>> = {
  io_uring_submit_req: 'submits of other processes are not seen',
  io_uring_file_get: 'which file a request is for is not seen',
  io_uring_poll_arm: 'poll arms are inferred',
  io_uring_task_add: 'wakes are not seen',
  io_uring_complete: 'completions in the kernel are not seen',
  io_uring_cqe_overflow: 'CQ overflows of other processes are not seen',
  io_uring_task_work_run: 'runs of task work are not seen',
  io_uring_local_work_run: 'runs of deferred task work are not seen',
  io_uring_cqring_wait: 'waits for CQEs are not seen',
  io_uring_req_failed: 'refused SQEs are not seen',
  io_uring_create: 'rings that are created later are not followed',
  io_uring_register: 'rings that are older than the trace are not found',
  sched_process_fork: 'children of a traced process are not followed',
};

/** "io_uring/io_uring_complete.cflags" → "io_uring_complete.cflags (that field stays 0)" */
function costOf(missing: string): string {
  const name = missing.slice(missing.indexOf('/') + 1);
  const cost = name.includes('.') ? 'that field stays 0' : (costs[name] ?? 'it is not seen');
  return `${name} (${cost})`;
}

export const tracepointsCheck: Check = {
  id: 'tracepoints',
  title: 'tracepoints',
  blocks: 'nothing',
  run(environment) {
    const tracing = environment.tracing();
    if (tracing === undefined) return undefined;
    const { missing } = tracing;
    // Where tracefs is mounted but can't be read, all of them look as if they were missing.
    if (missing === undefined || environment.tracefs?.readable === false) {
      return { status: 'note', detail: "Not known, since tracefs can't be read here." };
    }
    if (missing.length === 0) return { status: 'ok', detail: 'all that ringlens reads' };
    const isMissing = (name: string) => missing.includes(`io_uring/${name}`);
    if (['io_uring_create', 'io_uring_submit_req', 'io_uring_complete'].every(isMissing)) {
      return { status: 'note', detail: 'This kernel has no io_uring tracepoints.' };
    }
    return { status: 'note', detail: `This kernel lacks ${missing.map(costOf).join(', ')}.` };
  },
};
