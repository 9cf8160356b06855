/** `npm run build`: the addon, the page and the agent, each only when its sources changed. */
import { buildAll } from './lib/build-steps.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { script } from './lib/steps.mjs';

await script(async () => {
  checkNode();
  await ensurePackages();
  await buildAll();
});
