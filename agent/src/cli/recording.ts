/** The recording of a run, and the index that is made when its file is closed. */
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Recording } from '../../../shared/protocol/messages.ts';
import { RecordError } from '../session/recorder.ts';
import { Recordings } from '../session/recordings.ts';
import type { Session } from '../session/session.ts';
import { CliError, ExitCode } from './exit-codes.ts';
import type { RecordOptions } from './record-options.ts';

/** Longer than this nobody waits without a word. */
const PATIENCE_MS = 1000;

/** The recordings of a session on the command line. */
export class RunRecordings {
  readonly recordings: Recordings;
  readonly #indexing = new Set<Promise<void>>();

  constructor(
    session: Session,
    private readonly options: RecordOptions | null,
    /** Says something beside what the run prints. */
    private readonly say: (text: string) => void,
  ) {
    this.recordings = new Recordings(session, { folder: process.cwd(), onClosed: (path) => this.#index(path) });
    this.recordings.listen((recording) => this.#report(recording));
  }

  /** Makes the file of --record, before anything else happens. Throws CliError. */
  async prepare(): Promise<void> {
    if (this.options === null) return;
    try {
      await this.recordings.prepare(this.options.path, this.options.force);
    } catch (e) {
      if (e instanceof RecordError) throw new CliError(ExitCode.failed, `--record: ${e.message}`);
      throw e;
    }
  }

  /** Call when the session runs. */
  start(): void {
    this.recordings.start();
  }

  /** Closes the file and waits for its index. */
  async finish(): Promise<void> {
    await this.recordings.end();
    if (this.#indexing.size === 0) return;
    const timer = setTimeout(
      () => this.say('The index of the recording is being made; Ctrl-C leaves it to whoever opens the file.\n'),
      PATIENCE_MS,
    );
    await Promise.all(this.#indexing);
    clearTimeout(timer);
  }

  #report(recording: Recording): void {
    if (recording.state !== 'stopped') return;
    const { file, code, message } = recording;
    this.say(code === 'done' ? `Recorded to ${file}: ${message}\n` : `ringlens: ${file}: ${message}\n`);
  }

  /** In a process of its own at low priority: the ring that is looked at may still run. A file without an index opens too. */
  #index(path: string): void {
    const script = process.argv[1];
    if (script === undefined) return;
    const child = spawn(process.execPath, [...process.execArgv, script, 'index', path], { stdio: 'ignore' });
    const done = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    this.#indexing.add(done);
    void done.then(() => this.#indexing.delete(done));
    if (child.pid === undefined) return;
    try {
      setPriority(child.pid, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended already, or may not: it runs at the priority it has.
    }
  }
}
