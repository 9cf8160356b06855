/** Words that belong to certain files only: the border would blur without a check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

/** @type {readonly { word: RegExp, within: RegExp, allowed: RegExp, why: string }[]} */
const rules = [
  {
    word: /\bWebSocket(Server)?\b/,
    within: /^(agent|web)\/src\/.*\.tsx?$/,
    allowed: /^(agent\/src\/server\/ws\.ts|web\/src\/feed\/agent-feed\.ts)$|\.test\.tsx?$/,
    why: 'WebSocket is named in agent/src/server/ws.ts and web/src/feed/agent-feed.ts only',
  },
  {
    word: /#include\s*[<"]napi\.h[>"]/,
    within: /^native\/src\//,
    allowed: /^native\/src\/napi\//,
    why: 'napi.h belongs to native/src/napi',
  },
];

/** Comments say what they like. */
const isComment = (/** @type {string} */ line) => /^\s*(\/\/|\/?\*)/.test(line);

/**
 * @param {readonly string[]} files relative to the repository
 * @returns {string[]} one sentence a problem
 */
export function misplacedWords(files) {
  return files.flatMap((file) =>
    rules
      .filter((rule) => rule.within.test(file) && !rule.allowed.test(file))
      .flatMap((rule) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .flatMap((line, i) => (rule.word.test(line) && !isComment(line) ? [`${file}:${i + 1}: ${rule.why}.`] : [])),
      ),
  );
}
