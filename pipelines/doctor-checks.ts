import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { loadSeeds, seedNames } from '../queries/seeds.js';
import type { Config } from './config.js';
import type { Finding } from './doctor.js';
import { describeError } from './errors.js';
import { findIntervalsFile, readIntervals } from './extract/plan.js';
import { sayInstant } from './night-lines.js';
import { type Manifest, readManifest } from './publish.js';
import { leastWholeDays } from './retention.js';
import { listSetAside } from './warehouse.js';

const failed = (check: string, error: unknown): Finding => {
  const { message, hint } = describeError(error);
  return { check, status: 'failed', detail: message, advice: hint, exitCode: 2 };
};

/** The analyst's own seed files: each one that is used can be read, and none is there that nobody reads. */
export async function checkSeeds({ seeds }: Config): Promise<Finding[]> {
  const check = 'seeds';
  if (seeds !== null && !existsSync(seeds)) {
    return [
      {
        check,
        status: 'failed',
        detail: `the folder ${seeds} is not there`,
        advice: 'Make it, or take "seeds" out of the configuration.',
        exitCode: 2,
      },
    ];
  }
  const known = [...seedNames, 'poll_intervals'].map((name) => `${name}.csv`);
  const files = seeds === null ? [] : readdirSync(seeds).filter((name) => name.endsWith('.csv'));
  const findings: Finding[] = files
    .filter((name) => !known.includes(name))
    .map((name) => ({
      check,
      status: 'warning',
      detail: `${name} in ${seeds} is read by nobody`,
      advice: `A seed file is one of: ${known.join(', ')}.`,
    }));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await loadSeeds(connection, seeds);
    const own = files.filter((name) => known.includes(name) && name !== 'poll_intervals.csv');
    const whose =
      own.length === 0 ? 'those of the package' : `your own ${own.join(', ')}, and the rest of the package`;
    return [{ check, status: 'ok', detail: whose }, ...findings];
  } catch (error) {
    return [failed(check, error), ...findings];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The table of poll intervals: whose it is, and whether it can be read. */
export function checkIntervals({ seeds }: Config): Finding {
  const check = 'intervals';
  const path = findIntervalsFile(seeds);
  try {
    const steps = readIntervals(path).length;
    const whose = seeds !== null && path.startsWith(seeds) ? path : 'those of the package';
    return { check, status: 'ok', detail: `${whose}, ${steps} lines` };
  } catch (error) {
    return failed(check, error);
  }
}

/** The inbox, where one is configured. */
export function checkInbox({ inbox }: Config): Finding[] {
  if (inbox === null) return [];
  const check = 'inbox';
  if (existsSync(inbox) && statSync(inbox).isDirectory()) return [{ check, status: 'ok', detail: inbox }];
  const advice = 'Make the folder, or take "inbox" out of the configuration.';
  return [{ check, status: 'failed', detail: `${inbox} is no folder`, advice, exitCode: 2 }];
}

/** What readers get: that it is there, and of the size that it was published with. */
export function checkSnapshot({ published }: Config): Finding {
  const check = 'snapshot';
  let manifest: Manifest | null;
  try {
    manifest = readManifest(published);
  } catch (error) {
    return failed(check, error);
  }
  if (manifest === null)
    return { check, status: 'ok', detail: 'nothing is published yet: the first night does it' };
  const changed = Object.entries(manifest.files).find(
    ([name, { bytes }]) => statSync(join(published, name), { throwIfNoEntry: false })?.size !== bytes,
  );
  if (changed === undefined) {
    return {
      check,
      status: 'ok',
      detail: `${manifest.run_id}, data as of ${sayInstant(manifest.data_as_of)}`,
    };
  }
  return {
    check,
    status: 'failed',
    detail: `${join(published, changed[0])} is missing or of another size than published`,
    advice:
      '`parcelmetrics publish` makes it again; `parcelmetrics publish --rollback` goes back to the one before.',
    exitCode: 2,
  };
}

/** What a restore set aside. */
export function checkLeftovers({ warehouse }: Config): Finding[] {
  return listSetAside(warehouse).map((path) => ({
    check: 'leftover',
    status: 'note',
    detail: `${path} is the warehouse that a restore set aside`,
    advice: 'Delete it once all is well: `forget` does not reach into it.',
  }));
}

/** Retention that cuts into what the figures look back on. */
export function checkRetention({ keepLandedDays, days }: Config): Finding[] {
  const least = Math.max(leastWholeDays, 2 * days + 30);
  if (keepLandedDays === null || keepLandedDays >= least) return [];
  return [
    {
      check: 'retention',
      status: 'warning',
      detail: `keep-landed-days is ${keepLandedDays}: the figures look back ${least} days`,
      advice: `Set it to ${least} or more, or accept that weekly figures lose their oldest parcels for good.`,
    },
  ];
}
