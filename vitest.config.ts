/**
 * One project for each part. Pure tests run in parallel; whatever uses the real ring or a browser runs alone and after
 * them (groupOrder), since timing on two cores suffers otherwise.
 */
import { configDefaults, defineConfig } from 'vitest/config';

const minute = 60_000;
const exclude = [...configDefaults.exclude, '**/build/**'];

/** Tests of the real ring or of processes: one file at a time, in a child process, in this order. */
const alone = (groupOrder: number, timeout: number) => ({
  pool: 'forks' as const,
  maxWorkers: 1,
  fileParallelism: false,
  sequence: { groupOrder },
  testTimeout: timeout,
  hookTimeout: timeout,
  exclude,
});

const parallel = { testTimeout: minute, hookTimeout: minute, sequence: { groupOrder: 0 }, exclude };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'shared', include: ['shared/**/*.test.ts', 'scripts/**/*.test.ts'], ...parallel } },
      { test: { name: 'web', include: ['web/{src,test}/**/*.test.{ts,tsx}'], ...parallel } },
      { test: { name: 'native', include: ['native/test/**/*.test.ts'], ...alone(1, minute) } },
      { test: { name: 'agent', include: ['agent/{src,test}/**/*.test.ts', 'test/{cli,agent}/**/*.test.ts'], ...alone(2, minute) } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...alone(3, 2 * minute) } },
    ],
  },
});
