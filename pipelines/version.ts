import { readFileSync } from 'node:fs';

/** The version of this package: package.json lies one folder up in the source and two in the compiled package. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (name === 'parcelmetrics') return String(version);
    } catch {
      // Not there: try the next folder.
    }
  }
  return 'unknown';
}
