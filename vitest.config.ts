import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
    // A process runs many files, so that the engine and the charts are loaded once: a file leaves nothing behind.
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
