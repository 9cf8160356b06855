/** bpftrace with a count of each io_uring tracepoint (its cheapest use), and with a line for each event. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Child, runInTracefs } from './child.ts';
import { type Losses, sumOf, type Tool } from './tool.ts';

/**
 * Probes are attached from the last to the first, so this one, the first, speaks when all are. More than once: between the
 * events of a busy machine it can be lost.
 */
const READY = 'interval:ms:20 /@ready < 100/ { @ready++; printf("ready\\n"); }';

/** What people print; an event that has none of them prints its name. */
const formats: Record<string, string> = { user_data: '%llx', res: '%d', cflags: '%llx', flags: '%llx' };

/** The fields differ from kernel to kernel: as bpftrace itself lists them. */
function printScript(): string {
  const probes = [READY];
  let fields: string[] = [];
  let name = '';
  const add = (): void => {
    if (name === '') return;
    const text = ['E', name.replace(/^.*:(io_uring_)?/, ''), ...fields.map((f) => formats[f] as string)].join(' ');
    const values = fields.map((f) => `, args->${f}`).join('');
    probes.push(`${name} { printf("${text}\\n"${values}); }`);
  };
  for (const line of runInTracefs('bpftrace', '-lv', 'tracepoint:io_uring:*').split('\n')) {
    if (line.startsWith('tracepoint:')) {
      add();
      name = line.trim();
      fields = [];
    } else {
      const field = /(\w+);?\s*$/.exec(line)?.[1];
      if (field !== undefined && formats[field] !== undefined) fields.push(field);
    }
  }
  add();
  return probes.join('\n');
}

/** True once the growing file has `pattern`; each part of it is read once. */
function watchFor(file: string, pattern: RegExp): () => boolean {
  const part = Buffer.alloc(1 << 20);
  let at = 0;
  let rest = '';
  return () => {
    const fd = openSync(file, 'r');
    const n = readSync(fd, part, 0, part.length, at);
    closeSync(fd);
    at += n;
    const text = rest + part.toString('latin1', 0, n);
    rest = text.slice(text.lastIndexOf('\n') + 1);
    return pattern.test(text);
  };
}

async function countLines(file: string, prefix: string): Promise<number> {
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) if (line.startsWith(prefix)) lines++;
  return lines;
}

/** It writes "Lost N events" where it writes the rest, or on stderr, as its version has it. */
async function lostOf(child: Child): Promise<number> {
  let lost = sumOf(child.read('stderr'), /^Lost (\d+) events/gm);
  for await (const line of createInterface({ input: createReadStream(child.file('stdout')) }))
    if (line.startsWith('Lost ')) lost += sumOf(line, /^Lost (\d+) events/g);
  return lost;
}

const tool = (command: string, script: () => string, recorded: (child: Child) => number | Promise<number>): Tool => ({
  command,
  program: 'bpftrace',
  package: 'bpftrace',
  async start() {
    const text = script();
    const child = new Child(() => ['bpftrace', '-e', text]);
    try {
      const isReady = watchFor(child.file('stdout'), /^ready$/m);
      await child.until(isReady);
    } catch (error) {
      child.dispose();
      throw error;
    }
    return {
      cpuNs: () => child.cpuNs(),
      async stop(): Promise<Losses> {
        await child.interrupt();
        return { recorded: await recorded(child), lost: await lostOf(child) };
      },
      dispose: () => child.dispose(),
    };
  },
});

export const bpftraceCount = tool(
  'bpftrace, count() of each tracepoint',
  () => `${READY}\ntracepoint:io_uring:* { @events[probe] = count(); }`,
  (child) => sumOf(child.read('stdout'), /^@events\[[^\]]*\]: (\d+)/gm),
);

export const bpftracePrint = tool('bpftrace, printf of user_data, res and flags', printScript, (child) =>
  countLines(child.file('stdout'), 'E '),
);
