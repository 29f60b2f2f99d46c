import { writeFileSync } from 'node:fs';
import { type Context, say } from '../context.js';
import { type ParcelSource, startSandbox } from '../sandbox/server.js';

async function openSource({ options }: Context, now: Date): Promise<ParcelSource> {
  if (options.replay !== null) return (await import('../sandbox/replay.js')).readReplay(options.replay);
  const { simulateParcels } = await import('../sandbox/simulate.js');
  return simulateParcels({ seed: options.randomSeed, count: options.parcelCount, now });
}

/** The parcels as a file that `register --known` takes. */
export function toCsv(parcels: Iterable<{ trackingNumber: string; carrierCode: string }>): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [...parcels].map(
    ({ trackingNumber, carrierCode }) => `${quote(trackingNumber)},${quote(carrierCode)}\n`,
  );
  return `tracking_number,carrier_code\n${rows.join('')}`;
}

/** `sandbox`: serves until it is interrupted. */
export async function runSandbox(context: Context): Promise<number> {
  const { config, options, signal, log } = context;
  const fixed = options.sandboxNow ?? config.asOf;
  const source = await openSource(context, fixed ?? new Date());
  const sandbox = await startSandbox({
    source,
    now: fixed ?? (() => new Date()),
    shipments: { updatedAt: 'events' },
    ...(options.limits ? { limits: { getPerMinute: 1000, writePerMinute: 100, writePerSecond: 15 } } : {}),
  });
  if (options.listFile !== null) {
    writeFileSync(options.listFile, toCsv(source.list(fixed ?? new Date())));
    log.info(`parcels for \`register --known\`: ${options.listFile}`);
  }
  const { url, tokenUrl, publicKey, secretKey } = sandbox;
  say(
    context,
    `SENDCLOUD_BASE_URL=${url}\nSENDCLOUD_TOKEN_URL=${tokenUrl}\nSENDCLOUD_PUBLIC_KEY=${publicKey}\nSENDCLOUD_SECRET_KEY=${secretKey}`,
    { url, token_url: tokenUrl, public_key: publicKey, secret_key: secretKey },
  );
  log.info('these keys are good for this sandbox only; Ctrl-C ends it');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await sandbox.close();
  return 0;
}
