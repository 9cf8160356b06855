/**
 * Three builds from one file: the page (`vite build` → dist/web), the same as one HTML file that needs no server (`--mode site`
 * → dist/site), and, with `--ssr agent/src/main.ts`, the agent
 * (→ dist/agent/main.js, its npm dependencies inside, so that it starts fast).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const agent: UserConfig = {
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    target: 'node20',
    outDir: at('dist/agent'),
    emptyOutDir: true,
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'main.js', codeSplitting: false } },
  },
};

const page: UserConfig = {
  root: at('web'),
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    outDir: at('dist/web'),
    emptyOutDir: true,
    // The page's CSP allows files of its own origin and no data: URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
};

/** The icon inside of the page. */
const inlineIcon: Plugin = {
  name: 'ringlens-inline-icon',
  transformIndexHtml: (html) => {
    const icon = readFileSync(at('web/public/favicon.svg')).toString('base64');
    return html.replace('href="/favicon.svg"', `href="data:image/svg+xml;base64,${icon}"`);
  },
};

/** Everything in one file. A worker may not be loaded from another one under file://, so that it is inside too. */
const site: UserConfig = {
  ...page,
  publicDir: false,
  plugins: [react(), inlineIcon, viteSingleFile({ removeViteModuleLoader: true })],
  worker: { format: 'iife' },
  resolve: {
    alias: [
      { find: /^\.\/(feed\/)?start-worker\.ts$/, replacement: at('web/src/feed/start-worker-inline.ts') },
      { find: /^\.\/start-paint\.ts$/, replacement: at('web/src/lenses/start-paint-inline.ts') },
    ],
  },
  build: { outDir: at('dist/site'), emptyOutDir: true, assetsInlineLimit: 100_000_000, chunkSizeWarningLimit: 5000 },
};

export default defineConfig(({ isSsrBuild, mode }) => (isSsrBuild ? agent : mode === 'site' ? site : page));
