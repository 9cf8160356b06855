/** `npm run build [-- addon page site agent]`: the addon, the page, the page as one file and the agent, or those named; each only when its sources changed. */
import { build } from './lib/build-steps.mjs';
import { checkNode, ensurePackages } from './lib/setup.mjs';
import { script } from './lib/steps.mjs';

await script(async () => {
  checkNode();
  await ensurePackages();
  await build(process.argv.slice(2));
});
