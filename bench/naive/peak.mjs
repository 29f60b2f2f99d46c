// Preloaded into a program that is measured: leaves its peak memory, in MB, in the file that BENCH_PEAK names.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  if (process.env.BENCH_PEAK)
    writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS / 1024));
});
