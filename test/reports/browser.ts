import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Debian's Chromium; without it the tests that need it are skipped, and say so. */
export const hasChromium = existsSync(executablePath);
if (!hasChromium)
  process.stderr.write('SKIPPED: no Chromium at /usr/bin/chromium, so no page is tried in a browser\n');

export function launchBrowser(): Promise<Browser> {
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

export interface Visit {
  page: Page;
  /** Console messages, page errors, dialogs and requests that leave the folder. */
  troubles: string[];
  close: () => Promise<void>;
}

/** Opens a page from the disk, as a reader would who was sent the folder. */
export async function visit(
  browser: Browser,
  file: string,
  options: { width?: number; scheme?: 'light' | 'dark' } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: 900 },
    colorScheme: options.scheme ?? 'light',
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file:|data:)/.test(request.url())) troubles.push(`request: ${request.url()}`);
  });
  page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()}`));
  await page.goto(pathToFileURL(file).href);
  return { page, troubles, close: () => context.close() };
}
