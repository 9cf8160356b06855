/** `npm run check`: the checks that are not tests (generated files, types, lint, imports, format, sizes). */
import { runChecks } from './lib/checks.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { script } from './lib/steps.mjs';

await script(async () => {
  checkNode();
  await ensurePackages();
  await runChecks();
});
