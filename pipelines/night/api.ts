import { type Config, requireApi } from '../config/config.js';
import type { Context } from '../context.js';
import { readNotBefore } from '../extract/not-before.js';
import { type Client, createClient } from '../sendcloud/client.js';
import type { ProxySettings } from '../sendcloud/trouble.js';
import { packageVersion } from '../version.js';
import type { Ending, NightRun } from './run.js';

/** The proxies of the configuration, as the client takes them. */
export function proxyOf({ network: { httpsProxy, httpProxy, noProxy } }: Config): ProxySettings {
  return { https: httpsProxy?.reveal(), http: httpProxy?.reveal(), no: noProxy ?? undefined };
}

/** @throws ParcelmetricsError (exit code 2) without credentials, or with a frozen clock against the live API. */
export function openClient({ config, log }: Context, endAtMs?: number): Client {
  const { publicKey, secretKey } = requireApi(config);
  return createClient({
    baseUrl: config.baseUrl,
    auth: config.auth,
    tokenUrl: config.tokenUrl,
    publicKey: publicKey.reveal(),
    secretKey: secretKey.reveal(),
    ratePerMinute: config.ratePerMinute,
    concurrency: config.concurrency,
    keepSourceId: config.keepSourceId,
    endAtMs,
    proxy: proxyOf(config),
    userAgent: `parcelmetrics/${packageVersion()}`,
    onRequest: (event) => log.debug(JSON.stringify(event)),
  });
}

/** Where the API asked for no request yet, how a step ends before its first one; else null. */
export async function findPause(run: NightRun): Promise<{ text: string; ending: Ending } | null> {
  const notBefore = await readNotBefore(run.connection);
  if (notBefore === null) return null;
  const at = notBefore.toISOString();
  return {
    text: `no request before ${at}: the API asked for that; nothing was sent`,
    ending: { exitCode: 3, summary: { not_before: at } },
  };
}
