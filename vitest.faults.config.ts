import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: process.env.FAULTS_LOAD
      ? ['test/faults/load.ts']
      : ['test/faults/**/*.full.ts', 'test/faults/short.test.ts'],
    globalSetup: ['test/faults/setup.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
