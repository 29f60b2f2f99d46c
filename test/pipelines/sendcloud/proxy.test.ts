import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compilePackage } from '../compiled.js';
import { call, makeFolder, makeTimeline } from '../extract/harness.js';

// A real proxy that leads a made-up host to a real TLS server, whose authority the machine does not know.

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const host = 'api.parcels.example';
let compiled = '';
let keys = '';
let api: Server;
let proxy: Server;
let asked: string[] = [];
let connected: { to: string | undefined; authorization: string | undefined }[] = [];
let proxyStatus = 200;

const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  compiled = compilePackage();
  keys = join(compiled, 'keys');
  const folder = keys;
  spawnSync('mkdir', [folder]);
  spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    join(folder, 'key.pem'),
    '-out',
    join(folder, 'ca.pem'),
    '-subj',
    `/CN=${host}`,
    '-addext',
    `subjectAltName=DNS:${host}`,
  ]);
  api = createSecureServer(
    { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'ca.pem')) },
    (request, response) => {
      asked.push(request.url ?? '');
      const number = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
      const isKnown = number === 'A';
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          isKnown
            ? makeTimeline('A', [['2026-03-02T10:00:00Z', 'accepted']])
            : { detail: 'Parcel does not exist' },
        ),
      );
    },
  ) as unknown as Server;
  proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    connected.push({ to: request.url, authorization: request.headers['proxy-authorization'] });
    client.on('error', () => {});
    if (proxyStatus !== 200) return client.end(`HTTP/1.1 ${proxyStatus} No\r\n\r\n`);
    const server = connect(portOf(api), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    server.on('error', () => client.destroy());
  });
  for (const server of [api, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterAll(() => {
  for (const server of [api, proxy]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(compiled, { recursive: true, force: true });
});

beforeEach(() => {
  asked = [];
  connected = [];
  proxyStatus = 200;
});

/** A process of its own: Node.js reads NODE_EXTRA_CA_CERTS when it starts. */
async function run(cwd: string, environment: Record<string, string>, ...argv: string[]) {
  const url = pathToFileURL(join(compiled, 'pipelines', 'cli.js')).href;
  const code = `import { main } from ${JSON.stringify(url)}; process.exitCode = await main(${JSON.stringify(argv)}); process.stdout.write('', () => process.exit());`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    env: {
      PATH: process.env.PATH,
      SENDCLOUD_BASE_URL: `https://${host}/api/v3`,
      SENDCLOUD_PUBLIC_KEY: 'public',
      SENDCLOUD_SECRET_KEY: 'CANARY-SECRET',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = ['', ''];
  for (const [index, stream] of [child.stdout, child.stderr].entries())
    stream?.on('data', (chunk) => {
      texts[index] += String(chunk);
    });
  const [exitCode] = await once(child, 'close');
  return { exitCode: Number(exitCode), out: texts[0] ?? '', err: texts[1] ?? '' };
}

const settings = () => ({
  HTTPS_PROXY: `http://user:CANARY-PASSWORD@127.0.0.1:${portOf(proxy)}`,
  NODE_EXTRA_CA_CERTS: join(keys, 'ca.pem'),
});

async function makeRegistry(): Promise<string> {
  const cwd = makeFolder();
  writeFileSync(join(cwd, 'a.csv'), 'tracking_number\nA\n');
  expect(await call(['register', '--known', join(cwd, 'a.csv')], { cwd })).toMatchObject({ exitCode: 0 });
  return cwd;
}

describe.skipIf(!hasOpenssl)('a proxy', () => {
  it('is what every request goes through, with its own sign-in, which nothing shows', async () => {
    const cwd = await makeRegistry();
    const { exitCode, out, err } = await run(cwd, settings(), 'extract', '-v');
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining('1 timeline') });
    expect(asked).toEqual(['/api/v3/parcels/tracking/A']);
    expect(connected).toEqual([
      { to: `${host}:443`, authorization: `Basic ${Buffer.from('user:CANARY-PASSWORD').toString('base64')}` },
    ]);
    const doctor = await run(cwd, settings(), 'doctor');
    expect(doctor.out).toContain(`through the proxy 127.0.0.1:${portOf(proxy)}; certificate authorities of`);
    expect(out + err + doctor.out + doctor.err).not.toContain('CANARY');
  });

  it.each(['https_proxy', 'HTTP_PROXY', '.env'])(
    'is set by %s too, without a scheme as well',
    async (name) => {
      const cwd = await makeRegistry();
      const { NODE_EXTRA_CA_CERTS } = settings();
      const address = `127.0.0.1:${portOf(proxy)}`;
      if (name === '.env') writeFileSync(join(cwd, '.env'), `HTTPS_PROXY=${address}\n`);
      const environment =
        name === '.env' ? { NODE_EXTRA_CA_CERTS } : { NODE_EXTRA_CA_CERTS, [name]: address };
      expect(await run(cwd, environment, 'extract')).toMatchObject({ exitCode: 0 });
      expect(connected).toHaveLength(1);
    },
  );

  it('is left out for the hosts of NO_PROXY, and for this machine', async () => {
    const cwd = await makeRegistry();
    expect(await run(cwd, { ...settings(), NO_PROXY: '.parcels.example' }, 'extract')).toMatchObject({
      exitCode: 4,
    });
    const base = `https://127.0.0.1:${portOf(api)}/api/v3`;
    expect(await run(cwd, { ...settings(), SENDCLOUD_BASE_URL: base }, 'extract')).toMatchObject({
      exitCode: 4,
      err: expect.stringContaining('for another host'),
    });
    expect(connected).toEqual([]);
  });

  it.each([
    [407, 'refuses to connect (HTTP 407)'],
    [502, 'refuses to connect (HTTP 502)'],
  ])('that answers %i is named, with where it is set', async (status, message) => {
    proxyStatus = status;
    const { exitCode, err } = await run(await makeRegistry(), settings(), 'extract');
    expect({ exitCode, err }).toEqual({
      exitCode: 4,
      err: expect.stringContaining(`the proxy 127.0.0.1:${portOf(proxy)} ${message}`),
    });
    expect(err).toContain('HTTPS_PROXY');
    expect(err).not.toContain('CANARY');
  });

  it('that is not there is named', async () => {
    const nobody = { ...settings(), HTTPS_PROXY: 'http://nobody.invalid:3128' };
    const { exitCode, out } = await run(await makeRegistry(), nobody, 'doctor');
    expect({ exitCode, out }).toEqual({
      exitCode: 4,
      out: expect.stringMatching(/failed {3}sign-in .*the proxy nobody\.invalid:3128/),
    });
  });

  it.each(['socks5://127.0.0.1:1080', 'http://:99999', 'not an address'])(
    'that is %s is a wrong setting: exit code 2, its value unsaid',
    async (address) => {
      const { exitCode, err } = await call(['extract'], {
        cwd: makeFolder(),
        environment: { HTTPS_PROXY: address, SENDCLOUD_PUBLIC_KEY: 'a', SENDCLOUD_SECRET_KEY: 'b' },
      });
      expect({ exitCode, err }).toEqual({
        exitCode: 2,
        err: expect.stringContaining('HTTPS_PROXY: its value is not the address'),
      });
      expect(err).not.toContain(address);
    },
  );
});

describe.skipIf(!hasOpenssl)('a private certificate authority', () => {
  it('is the reason that is given, and NODE_EXTRA_CA_CERTS what to do', async () => {
    const { HTTPS_PROXY } = settings();
    const cwd = await makeRegistry();
    for (const command of ['extract', 'doctor']) {
      const { exitCode, out, err } = await run(cwd, { HTTPS_PROXY }, command);
      expect(exitCode).toBe(4);
      expect(out + err).toMatch(
        /cannot be secured: .*authority that this machine does not know \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      );
      expect(out + err).toContain('NODE_EXTRA_CA_CERTS');
    }
    expect(asked).toEqual([]);
  });

  it('whose file is not there is named by doctor', async () => {
    const { out } = await run(
      await makeRegistry(),
      { ...settings(), NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' },
      'doctor',
    );
    expect(out).toContain('NODE_EXTRA_CA_CERTS names /nowhere/ca.pem, which is not there');
  });
});
