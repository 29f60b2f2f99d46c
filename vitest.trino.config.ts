import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/trino/**/*.full.ts'],
    globalSetup: ['test/trino/setup.ts'],
    testTimeout: 10_800_000,
    hookTimeout: 600_000,
    pool: 'forks',
    // Two files at a time: much of a small statement is waiting.
    maxWorkers: process.env.TRINO_MEASURES ? 1 : 2,
    isolate: false,
  },
});
