// The scripts that run in a page, each one classic script: a page opened from a folder may load no module. Modules in, dist/reports/browser out.
import { build } from 'esbuild';

const out = process.argv[2] ?? 'dist';
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
