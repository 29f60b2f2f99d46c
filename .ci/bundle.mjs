import { build } from 'esbuild';

const out = process.argv[2] ?? 'dist';

// The scripts that run in a page, each one classic script: a page opened from a folder may load no module. Modules in, dist/reports/browser out.
await build({
  entryPoints: { compare: 'reports/browser/page/compare.ts' },
  outdir: `${out}/reports/browser`,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome103', 'firefox113', 'safari16.4'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
});

// Vega in one file in place of the door to it: a report loads it in half the time.
await build({
  entryPoints: { vega: 'reports/drawing/vega.ts' },
  outdir: `${out}/reports/drawing`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // only drawn on where it is installed
  external: ['canvas'],
  minifyWhitespace: true,
  charset: 'utf8',
  logLevel: 'warning',
});
