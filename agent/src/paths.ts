/** Where things lie. agent/src/ and the bundle in dist/agent/ are equally deep in the repository. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository (or the installed package). */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
/** The built page. */
export const webRoot = `${packageRoot}dist/web`;

/** The version of ringlens, from package.json. */
export const version = (JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }).version;
