/**
 * Two builds from one file: the page (`vite build` → dist/web) and, with `--ssr agent/src/main.ts`, the agent
 * (→ dist/agent/main.js, its npm dependencies inside, so that it starts fast).
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'vite';

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

export default defineConfig(({ isSsrBuild }) => (isSsrBuild ? agent : page));
