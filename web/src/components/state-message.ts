/** What is unusual about the source right now: what happened, what is still true, one thing to do. Pure. */
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import { formatClock, formatSpan } from '../canvas/time-text.ts';
import type { FeedStatus, FileStatus } from '../feed/feed.ts';
import { isForeign, type Picture } from '../feed/picture.ts';
import { stopText, stopTitle } from './debug-words.ts';
import { plural } from './format.ts';
import { isForeignSession, nameOf } from './session-words.ts';

export interface StateMessage {
  kind:
    | 'connecting'
    | 'unreachable'
    | 'gone'
    | 'reload'
    | 'stopped'
    | 'halted'
    | 'trouble'
    | 'reading'
    | 'quiet'
    | 'unconnected'
    | 'ended'
    | 'noRing'
    | 'noRecv'
    | 'noTrace'
    | 'opening'
    | 'unreadable';
  title: string;
  /** What is still true. */
  text: string;
  /** A command to type, or empty. */
  command: string;
  action: 'connect' | 'reload' | 'goOn' | null;
}

/** A sentence of the agent may end in a command: "…; type: sudo sysctl …". */
export function splitCommand(message: string): { text: string; command: string } {
  const [text = '', command = ''] = message.split(/;\s*type:\s*/);
  return { text: /[.!?]$/.test(text) ? text : `${text}.`, command: command.replace(/\.$/, '') };
}

/** So long without data before the page says that this is normal. */
const QUIET_NS = 3e9;

export function stateMessage(status: FeedStatus, picture: Picture | null, host: string): StateMessage | null {
  const { connection, file } = status;
  if (file !== null) return fileMessage(file, status.trouble, picture);
  const again =
    connection.state === 'gone'
      ? connection.retryInS > 0
        ? `Trying again in ${Math.ceil(connection.retryInS)} s.`
        : 'Trying again now.'
      : '';
  if (connection.state === 'reload') {
    return {
      kind: 'reload',
      title: 'The agent is of another version',
      text: `It is ringlens ${connection.agentVersion} and this page is not. What was received stays until you reload.`,
      command: '',
      action: 'reload',
    };
  }
  if (connection.state === 'gone' && !picture) {
    return {
      kind: 'unreachable',
      title: 'No agent here',
      text: `Nobody answers at ${host}. Start one, and this page connects by itself. ${again}`,
      command: 'npm start',
      action: 'connect',
    };
  }
  if (connection.state === 'gone' && picture) {
    return {
      kind: 'gone',
      title: 'Agent gone, picture kept',
      text: `Everything up to ${formatClock(picture.now).split(' ')[0]} is here: pan and inspect it. ${again}`,
      command: '',
      action: 'connect',
    };
  }
  if (connection.state === 'connecting' && !picture) {
    return { kind: 'connecting', title: 'Connecting to the agent', text: `Asking at ${host}.`, command: '', action: null };
  }
  if (status.stopped && isForeignSession(status.session)) return ended(status, picture);
  if (status.stopped) {
    const { text, command } = splitCommand(status.stopped.message);
    return {
      kind: 'stopped',
      title: `The workload stopped: ${status.stopped.code}`,
      text: `${text}${picture ? ' What it did up to here is kept.' : ''}`,
      command,
      action: null,
    };
  }
  if (status.debug?.stopped && status.debug.stop !== null && connection.state === 'open') {
    return {
      kind: 'halted',
      title: stopTitle(status.debug.stop),
      text: stopText(status.debug),
      command: '',
      action: 'goOn',
    };
  }
  if (status.reading && connection.state === 'open') {
    const text = 'The agent keeps it and this page no longer does. The ring goes on meanwhile.';
    return { kind: 'reading', title: 'Fetching what was before', text, command: '', action: null };
  }
  if (status.trouble !== '')
    return { kind: 'trouble', title: 'Some data could not be read', text: status.trouble, command: '', action: null };
  if (status.running && connection.state === 'open' && isForeignSession(status.session)) {
    const nothing = nothingYet(status, picture);
    if (nothing) return nothing;
  }
  return status.running && picture && picture.t1 >= picture.now - QUIET_NS ? (unconnected(status, picture) ?? quiet(picture)) : null;
}

/** Of a recorded trace. */
function fileMessage({ name, opened, failed }: FileStatus, trouble: string, picture: Picture | null): StateMessage | null {
  const plain = { command: '', action: null } as const;
  if (failed !== null) {
    return { kind: 'unreadable', title: `${name === '' ? 'The trace' : name} can't be shown`, text: failed.message, ...plain };
  }
  if (name === '' && !opened) {
    return {
      kind: 'noTrace',
      title: 'No trace opened',
      text: 'Drop a .ringlens file on this page, or choose one with “Open trace…”. It stays on this machine. A trace is recorded on Linux:',
      command: 'ringlens live --record FILE.ringlens',
      action: null,
    };
  }
  if (picture === null) return { kind: 'opening', title: `Opening ${name}`, text: 'Its first part is being read.', ...plain };
  return trouble === '' ? null : { kind: 'trouble', title: 'Some of this trace can not be read', text: trouble, ...plain };
}

/** Letters that no shell treats specially. */
const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The process that was looked at is over, or the trace of it. */
function ended({ session, stopped }: FeedStatus, picture: Picture | null): StateMessage {
  const { text, command } = splitCommand(stopped?.message ?? '');
  const target = session?.target ?? null;
  const clean = stopped?.code === 'EENDED';
  const again =
    target === null
      ? ''
      : session?.source === 'run'
        ? `ringlens run -- ${target.command.map(shellWord).join(' ')}`
        : target.name === ''
          ? ''
          : `ringlens attach --comm ${shellWord(target.name)}`;
  return {
    kind: 'ended',
    title: clean ? text.replace(/\.$/, '') : `The trace stopped: ${stopped?.code}`,
    text: `${clean ? '' : `${text} `}${picture ? `Everything up to ${formatClock(picture.now).split(' ')[0]} is here: pan and inspect it.` : ''}`,
    command: command === '' ? again : command,
    action: null,
  };
}

/** Another process runs, and there is nothing to draw yet. */
function nothingYet({ session }: FeedStatus, picture: Picture | null): StateMessage | null {
  const who = session?.target ? nameOf(session.target) : 'The process';
  const rings = picture?.rings.filter((ring) => ring.open).length ?? 0;
  if (picture === null || picture.rings.length === 0) {
    return {
      kind: 'noRing',
      title: 'No ring yet',
      text: `${who} has not set up an io_uring ring so far. The first one shows up here by itself.`,
      command: '',
      action: null,
    };
  }
  if (rings === 0 || picture.lanes.total > 0 || picture.cqes.length > 0) return null;
  return {
    kind: 'noRecv',
    title: 'No recv so far',
    text: `${plural(rings, 'ring')} ${rings === 1 ? 'is' : 'are'} open, and no recv was seen on ${rings === 1 ? 'it' : 'them'}. A lane shows up with the first one.`,
    command: '',
    action: null,
  };
}

/** A command that sends something to the workload: "127.0.0.1:45123" or the path of a socket. */
export function sendCommand(listen: string, transport: WorkloadParams['transport']): string {
  if (transport === 'unix') return `echo hello | nc -NU ${listen}`;
  const port = listen.lastIndexOf(':');
  return `echo hello | nc -${transport === 'udp' ? 'uw1' : 'N'} ${listen.slice(0, port)} ${listen.slice(port + 1)}`;
}

/** The last CQE, or where the kept trace begins. */
const lastSign = (picture: Picture): number => picture.cqes.t[picture.cqes.length - 1] ?? picture.oldest;

function unconnected({ listen, params }: FeedStatus, picture: Picture): StateMessage | null {
  if (listen === '' || !params || picture.rates.cqes > 0 || picture.now - lastSign(picture) < QUIET_NS) return null;
  if (picture.lanes.info.length < picture.lanes.total || picture.lanes.info.some((lane) => lane.open)) return null;
  return {
    kind: 'unconnected',
    title: 'Nobody is connected',
    text: `The workload listens on ${listen}. Any client will do, or turn its load generator on.`,
    command: sendCommand(listen, params.transport),
    action: null,
  };
}

function quiet(picture: Picture): StateMessage | null {
  if (picture.rates.cqes > 0) return null;
  const foreign = isForeign(picture);
  // Rings of another process tell of all their lanes, the picture of those in sight only.
  const waiting = foreign ? picture.rings.reduce((n, ring) => n + ring.armed, 0) : picture.lanes.info.filter((lane) => lane.armed).length;
  const some = !foreign && picture.lanes.total > picture.lanes.info.length ? 'At least ' : '';
  // Armed before the trace and silent since: as long as it is looked at.
  const last = picture.cqes.t[picture.cqes.length - 1] ?? (foreign ? picture.oldest : undefined);
  if (waiting === 0 || last === undefined || picture.now - last < QUIET_NS) return null;
  return {
    kind: 'quiet',
    title: 'Armed and quiet',
    text: `${some}${plural(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'} in poll and ${waiting === 1 ? 'costs' : 'cost'} nothing. No data for ${formatSpan(picture.now - last)} is not an error.`,
    command: '',
    action: null,
  };
}
