/** `trace-cmd record` of every io_uring tracepoint, with its default buffer, in a trace instance of its own. */
import { readFileSync } from 'node:fs';
import { Child, leaveNothing, runInTracefs, TRACEFS } from './child.ts';
import { sumOf, type Tool } from './tool.ts';

/** The instance keeps a trace-cmd that fails half-way from leaving the machine's own switches changed. */
const instanceName = (): string => `rlbench-${process.pid}`;

/** trace-cmd removes the instance when it ends in order. Instances of benches that were killed go too. */
function removeInstances(): void {
  const script = `for d in ${TRACEFS}/instances/rlbench-*; do
    [ -d "$d" ] || continue
    pid=\${d##*-}
    [ "$pid" != ${process.pid} ] && [ -d /proc/$pid ] && continue
    echo 0 > "$d/events/enable"
    for i in 1 2 3 4 5 6 7 8 9 10; do rmdir "$d" 2>/dev/null && break; sleep 0.05; done
  done; exit 0`;
  try {
    runInTracefs('sh', '-c', script);
  } catch {
    // No tracefs, then no instance.
  }
}

function readState(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/root${TRACEFS}/instances/${instanceName()}/${file}`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Each CPU's numbers of the kernel, as trace-cmd stores them at the end. */
function parse(file: string) {
  const stats = runInTracefs('trace-cmd', 'report', '--stat', '-i', file);
  const overrun = sumOf(stats, /^(?:commit )?overrun: (\d+)/gm);
  const lost = overrun + sumOf(stats, /^dropped events: (\d+)/gm);
  return { recorded: sumOf(stats, /^(?:read events|entries): (\d+)/gm), lost };
}

export const traceCmd: Tool = {
  command: 'trace-cmd record -e io_uring',
  program: 'trace-cmd',
  package: 'trace-cmd',
  async start() {
    removeInstances();
    const forgetInstance = leaveNothing(removeInstances);
    const child = new Child((folder) => ['trace-cmd', 'record', '-B', instanceName(), '-e', 'io_uring', '-o', `${folder}/trace.dat`]);
    const dispose = (): void => {
      child.dispose();
      forgetInstance();
    };
    try {
      // It turns tracing off, the events on, starts its readers, and turns tracing on.
      await child.until(() => readState(child.pid, 'events/io_uring/enable') === '1' && readState(child.pid, 'tracing_on') === '1');
    } catch (error) {
      dispose();
      throw error;
    }
    return {
      cpuNs: () => child.cpuNs(),
      async stop() {
        await child.interrupt();
        return parse(child.file('trace.dat'));
      },
      dispose,
    };
  },
};
