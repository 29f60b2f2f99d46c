import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { UTCDate } from '@date-fns/utc';
import { addHours } from 'date-fns/addHours';
import { subDays } from 'date-fns/subDays';
import { loadConfig } from '../config/config.js';
import { type Context, say } from '../context.js';
import { configurationError } from '../errors.js';
import { runImport } from '../night/import.js';
import { runNight } from '../night/nightly.js';
import { withRun } from '../night/run.js';
import { type ParcelSource, startSandbox } from '../sandbox/server.js';

const marker = '.parcelmetrics-demo';
const demoNow = new Date('2026-11-03T04:12:00Z');
const demoSeed = 1;
const demoParcels = 6000;

/** Hours after the label at which the archive looked: whoever keeps responses reads a promise before the attempt, not with hindsight. */
const lookedAfterHours = [12, 24];

/** An archive of the first looks at each parcel: what a merchant who has kept responses would import. */
function writeArchive(path: string, source: ParcelSource, until: Date): number {
  const lines: string[] = [];
  for (const { trackingNumber, announcedAt } of source.list(until)) {
    for (const hours of lookedAfterHours) {
      const observedAt = addHours(new UTCDate(announcedAt), hours);
      if (observedAt > until) continue;
      const response = source.find(trackingNumber, observedAt);
      if (response !== null) lines.push(JSON.stringify({ observed_at: observedAt.toISOString(), response }));
    }
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
  return lines.length;
}

function makeFolder(folder: string): void {
  if (existsSync(folder) && !existsSync(join(folder, marker))) {
    throw configurationError(`${folder} is there already, and no demo made it`, {
      hint: 'Nothing was changed. Move it away, or run the demo in another folder.',
    });
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, marker), 'Made by `parcelmetrics demo`; made anew by the next one.\n');
}

/** `demo`: an archive is imported, two nights find the newest parcels in the list of shipments and are run against the simulated API, and the report is named. */
export async function runDemo(context: Context): Promise<number> {
  const { log, cwd } = context;
  const folder = join(cwd, 'parcelmetrics-demo');
  makeFolder(folder);
  const { simulateParcels } = await import('../sandbox/simulate.js');
  const source = simulateParcels({ seed: demoSeed, count: demoParcels, now: demoNow });
  const eve = subDays(new UTCDate(demoNow), 1);
  const sandbox = await startSandbox({ source, now: eve, shipments: { updatedAt: 'events' } });
  try {
    const at = (now: Date, changes: Partial<Context> = {}): Context => {
      const { config, options } = loadConfig({
        flags: {},
        environment: {
          PARCELMETRICS_DATA: folder,
          PARCELMETRICS_RATE: '60000/min',
          PARCELMETRICS_CONCURRENCY: '16',
          SENDCLOUD_BASE_URL: sandbox.url,
          SENDCLOUD_TOKEN_URL: sandbox.tokenUrl,
          SENDCLOUD_PUBLIC_KEY: sandbox.publicKey,
          SENDCLOUD_SECRET_KEY: sandbox.secretKey,
        },
        cwd: folder,
        machine: {
          totalMemoryBytes: 4e9,
          cores: context.config.threads,
          stderrIsTerminal: context.config.progress,
        },
      });
      return {
        ...context,
        config: { ...config, asOf: now, quiet: context.config.quiet, verbose: context.config.verbose },
        options,
        clock: () => now,
        stdout: () => {},
        ...changes,
      };
    };
    log.info(
      `a simulated API answers at ${sandbox.url}; the demo's clock stands at ${demoNow.toISOString().slice(0, 16)}Z`,
    );
    const archive = join(folder, 'archive.ndjson');
    const archived = writeArchive(archive, source, eve);
    log.info(`1 of 4: import ${archived} archived timelines`);
    await runImport(at(eve, { args: [archive] }));
    let exitCode = 0;
    let summary = '';
    for (const [index, now] of [eve, demoNow].entries()) {
      sandbox.setNow(now);
      log.info(`${index + 2} of 4: the night of ${now.toISOString().slice(0, 10)}`);
      const night = at(now);
      exitCode = await withRun(night, 'nightly', async (run) => {
        const ending = await runNight(night, run);
        summary = readReport(ending.summary) ?? summary;
        return ending;
      });
    }
    const index = join(folder, 'report', 'index.html');
    log.info('4 of 4: done');
    const data = relative(cwd, folder);
    const lines = [
      '',
      `The report: ${index}`,
      summary,
      '',
      'Try next:',
      `  PARCELMETRICS_DATA=${data} npx parcelmetrics sql "select carrier_code, transit_n, transit_p50_hours, transit_p90_hours from carrier_performance where period = 'current'"`,
      `  PARCELMETRICS_DATA=${data} npx parcelmetrics status`,
      '  npx parcelmetrics init',
    ];
    say(context, lines.join('\n'), { report: index, summary, exitCode });
    return exitCode;
  } finally {
    await sandbox.close();
  }
}

function readReport(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('headline' in value)) return null;
  return typeof value.headline === 'string' ? value.headline : null;
}
