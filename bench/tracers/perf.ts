/** `perf record` of every io_uring tracepoint, with its default buffer. */
import { Child, runInTracefs } from './child.ts';
import { type Losses, sumOf, type Tool } from './tool.ts';

/** perf report(1): an event's own numbers follow the line with its name. */
function parse(file: string): Losses {
  const stats = runInTracefs('perf', 'report', '--stats', '-i', file);
  const events = stats.slice(Math.max(0, stats.search(/^io_uring:\S+ stats:/m)));
  const recorded = sumOf(events, /^\s*SAMPLE events:\s+(\d+)/gm);
  // PERF_FORMAT_LOST, the exact number. An older perf or kernel only has the LOST records, and misses a loss at the end.
  const exact = sumOf(events, /^\s*LOST_SAMPLES events:\s+(\d+)/gm);
  if (exact > 0 || !/^\s*LOST events:\s+[1-9]/m.test(stats)) return { recorded, lost: exact };
  const script = runInTracefs('perf', 'script', '-i', file, '--show-lost-events', '-F', 'comm');
  return { recorded, lost: sumOf(script, /PERF_RECORD_LOST lost (\d+)/g) };
}

export const perf: Tool = {
  command: "perf record -a -e 'io_uring:*'",
  program: 'perf',
  package: 'linux-perf',
  async start() {
    const child = new Child((folder) => ['perf', 'record', '-a', '-e', 'io_uring:*', '--control', 'fd:3,4', '-o', `${folder}/perf.data`]);
    try {
      // It answers from the loop that reads its buffers: by then the events are on.
      let answer = '';
      child.answers.on('data', (part: Buffer) => {
        answer += part;
      });
      child.control.write('ping\n');
      await child.until(() => answer.includes('ack'));
    } catch (error) {
      child.dispose();
      throw error;
    }
    return {
      cpuNs: () => child.cpuNs(),
      async stop() {
        await child.interrupt();
        return parse(child.file('perf.data'));
      },
      dispose: () => child.dispose(),
    };
  },
};
