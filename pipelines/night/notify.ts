import { EnvHttpProxyAgent, request } from 'undici';
import type { Secret } from '../config/values.js';
import { isLoopback } from '../config/values.js';
import type { ProxySettings } from '../sendcloud/trouble.js';
import { packageVersion } from '../version.js';
import type { Notice } from './lines.js';
import { guessForm, type NoticeForm, writeNotice } from './notice-forms.js';

/** Which nights are told: those that did not end with 0, these and those with another first case than the night before, or all. */
export type NotifyOn = 'failure' | 'case' | 'always';

export interface NotifyWorld {
  /** Null: guessed from the host. */
  form?: NoticeForm | null;
  timeoutMs?: number;
  proxy?: ProxySettings;
  warn: (message: string) => void;
}

/** Names healthchecks.io's own host; a server of one's own asks for its style by the fragment, which is never sent. */
function findStyle(url: URL): 'webhook' | 'healthchecks' {
  return url.hostname === 'hc-ping.com' || url.hash === '#healthchecks' ? 'healthchecks' : 'webhook';
}

/**
 * The address for an event: a webhook gets all of them; healthchecks-style `/start` before, the plain address after a good night, and
 * `/fail` after another. Null: nothing is sent (a webhook is not told that a night begins).
 */
export function addressFor(address: string, event: Notice['event']): string | null {
  const url = new URL(address);
  const style = findStyle(url);
  url.hash = '';
  if (style === 'webhook') return event === 'start' ? null : url.href;
  const suffix = event === 'success' ? '' : `/${event}`;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${suffix}`;
  return url.href;
}

/** Whether a night is worth telling. A dead man's switch is told of all: its silence is the alarm. */
export function isTold(address: string, on: NotifyOn, notice: Notice, hasNewCase: boolean): boolean {
  if (on === 'always' || findStyle(new URL(address)) === 'healthchecks') return true;
  return notice.exit_code !== 0 || (on === 'case' && hasNewCase);
}

/**
 * Tells the configured address about a night. It never throws and waits 10 s at most: a night does not fail for want of a listener. The
 * address is a secret (its path is usually the token), so that a warning names neither it nor what it answered.
 */
export async function notify(
  address: Secret | null,
  notice: Notice,
  { form = null, timeoutMs = 10_000, proxy = {}, warn }: NotifyWorld,
): Promise<void> {
  const url = address === null ? null : addressFor(address.reveal(), notice.event);
  if (url === null) return;
  const { https, http, no } = proxy;
  const hasProxy = (https ?? http) !== undefined && !isLoopback(url);
  const agent = hasProxy
    ? new EnvHttpProxyAgent({ httpsProxy: https ?? '', httpProxy: http ?? '', noProxy: no ?? '' })
    : null;
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': `parcelmetrics/${packageVersion()}` },
      body: JSON.stringify(writeNotice(notice, form ?? guessForm(url))),
      signal: AbortSignal.timeout(timeoutMs),
      ...(agent === null ? {} : { dispatcher: agent }),
    });
    await body.dump();
    if (statusCode < 200 || statusCode > 299) warn(`the notification was answered with HTTP ${statusCode}`);
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const code =
      error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
    warn(
      isLate
        ? `the notification was not answered within ${timeoutMs / 1000} s`
        : `the notification could not be delivered${code}`,
    );
  } finally {
    await agent?.destroy();
  }
}
