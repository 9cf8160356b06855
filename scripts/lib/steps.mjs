/** Steps of start, build and test: one short line each with its time; a step that fails says so in a sentence and no trace. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A step that could not be done. `message` is for people; `output` holds the last lines of the command that failed. */
export class StepError extends Error {
  /**
   * @param {string} message
   * @param {string} [output]
   * @param {number} [exitCode]
   */
  constructor(message, output = '', exitCode = 1) {
    super(message);
    this.output = output;
    this.exitCode = exitCode;
  }
}

const ESC = String.fromCharCode(27);

/**
 * The end of what a command said, without colours and without the stack traces of tools.
 * @param {string} text
 */
function lastLines(text, count = 24) {
  const plain = text.replaceAll(new RegExp(`${ESC}\\[[0-9;]*m`, 'g'), '');
  const lines = plain.trimEnd().split('\n');
  return lines
    .filter((line) => !/^\s+at |^\s*errors: \[Getter|^}$/.test(line))
    .slice(-count)
    .join('\n');
}

/**
 * Runs a command quietly and gives its output. Throws StepError with `failure` as the sentence.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ failure: string, env?: NodeJS.ProcessEnv, show?: boolean }} options `show` passes the output on as it comes
 * @returns {Promise<string>}
 */
export function run(command, args, { failure, env, show = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: show ? { ...process.env, ...env } : { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-64 * 1024);
      });
    }
    child.on('error', (e) => reject(new StepError(`${failure} (${command}: ${e.message})`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new StepError(signal === null ? failure : `${failure} (ended by ${signal})`, lastLines(output)));
    });
  });
}

/**
 * Does one step and prints its line: on standard error, so that standard output stays the program's own.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const began = performance.now();
  try {
    const value = await work();
    process.stderr.write(`  ${title} … ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    return value;
  } catch (e) {
    process.stderr.write(`  ${title} … failed after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    throw e;
  }
}

/**
 * Runs a script's main function; a StepError ends the process with its last lines and its sentence.
 * @param {() => Promise<void>} main
 */
export async function script(main) {
  try {
    await main();
  } catch (e) {
    if (!(e instanceof StepError)) throw e;
    if (e.output !== '') process.stderr.write(`\n${e.output}\n\n`);
    process.stderr.write(`${e.message}\n`);
    process.exitCode = e.exitCode;
  }
}
