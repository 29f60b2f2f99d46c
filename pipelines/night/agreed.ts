import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { makeFolders } from '../store/folders.js';
import { findSnapshot } from '../store/named.js';
import { findSound } from '../store/publish.js';
import { syncToDisk } from '../store/versions.js';

/** A code as part of a file's name. */
export const simplifyCode = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** What --against names: a file that is there, else a snapshot. */
export async function findAgainst({ config, options, cwd, log }: Context) {
  const { against, forCarrier } = options;
  if (against === null) return null;
  if (forCarrier === null) {
    throw usageError('--against needs --for', {
      hint: 'Nothing was written. An earlier sheet of a carrier stands beside its new one: report --for dpd --against FILE.',
    });
  }
  const file = resolve(cwd, against);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { file };
  const published = findSnapshot(
    config.nightsPublished ?? config.published,
    against,
    `--against ${against}: there is no such file, and no such snapshot`,
  );
  const { folder } = await findSound(published, (message) => log.debug(message));
  return { snapshotPath: join(folder, 'shipping.duckdb'), name: against };
}

/**
 * Keeps the figures of a sheet beside the warehouse, with what cannot be made again. What is there is never written over, as both sides
 * may have signed it: other figures of the same days get a number.
 */
export function keepAgreed(
  context: Context,
  agreed: { carrier_code: string; window: { from: string; to: string } },
) {
  const folder = join(dirname(context.config.warehouse), 'agreed');
  const { from, to } = agreed.window;
  const stem = `${simplifyCode(agreed.carrier_code)}-${from}-${to}`;
  const text = `${JSON.stringify(agreed, null, 2)}\n`;
  makeFolders(folder);
  for (let number = 1; ; number += 1) {
    const place = join(folder, `${stem}${number === 1 ? '' : `-${number}`}.json`);
    if (!existsSync(place)) {
      const draft = `${place}.${process.pid}.draft`;
      writeFileSync(draft, text, { mode: 0o600 });
      syncToDisk(draft);
      renameSync(draft, place);
      if (number > 1)
        context.log.warn(
          `other figures of these days were kept before: these are ${place}, and the earlier file stays`,
        );
      return place;
    }
    if (readFileSync(place, 'utf8') === text) return place;
  }
}
