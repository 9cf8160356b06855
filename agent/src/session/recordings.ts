/** The recording of a session, of which there is one at a time: begun and ended from the command line or from a page. */
import type { Recording } from '../../../shared/protocol/messages.ts';
import { RecordError, Recorder } from './recorder.ts';
import type { Session } from './session.ts';

export interface RecordingsOptions {
  /** Where a page's recordings go. */
  folder: string;
  /** A file was closed in order. */
  onClosed?(path: string): void;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** ringlens-20261125-130500, by the machine's clock. */
const nameAt = (at: Date): string =>
  `ringlens-${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;

export class Recordings {
  #recorder: Recorder | undefined;
  readonly #listeners = new Set<(recording: Recording) => void>();

  constructor(
    private readonly session: Session,
    private readonly options: RecordingsOptions,
  ) {}

  get state(): Recording {
    return this.#recorder?.recording ?? { state: 'off' };
  }

  /** Calls back when it changes; gives the function that ends that. */
  listen(listener: (recording: Recording) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes this file; `start` records into it. Rejects with RecordError. */
  async prepare(path: string, force = false): Promise<void> {
    if (this.state.state === 'on') throw new RecordError('ERECORDING', 'This session is recorded already: end that recording first.');
    this.#recorder = await Recorder.prepare(this.session, { path, force, onChange: (recording) => this.#tell(recording) });
  }

  /** Call when the session runs. */
  start(): void {
    this.#recorder?.start();
  }

  /** To a file of its own name in the folder. */
  async beginNamed(): Promise<void> {
    const name = nameAt(new Date());
    for (let n = 1; ; n++) {
      try {
        await this.prepare(`${this.options.folder}/${name}${n === 1 ? '' : `-${n}`}.ringlens`);
        this.start();
        return;
      } catch (e) {
        if (!(e instanceof RecordError) || e.code !== 'EEXIST' || n === 100) throw e;
      }
    }
  }

  /** Ends the recording, if there is one; resolves when its file is closed. */
  async end(): Promise<void> {
    await this.#recorder?.stop();
  }

  #tell(recording: Recording): void {
    for (const listener of this.#listeners) listener(recording);
    const path = this.#recorder?.path;
    if (recording.state === 'stopped' && recording.code === 'done' && path !== undefined) this.options.onClosed?.(path);
  }
}
