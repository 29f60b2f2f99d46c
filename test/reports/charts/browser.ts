import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
export const hasChromium = existsSync(executablePath);

/** Says on the test runner's own output why tests in a browser do not run. */
export function sayWithoutChromium(): void {
  if (!hasChromium)
    process.stderr.write(
      `skipped: ${executablePath} is not there, so no drawing is looked at in a browser\n`,
    );
}

/** A browser that talks to nobody. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
