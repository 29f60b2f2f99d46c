import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../pipelines/config/values.js';
import type { Notice } from '../../../pipelines/night/lines.js';
import { guessForm, sayShort } from '../../../pipelines/night/notice-forms.js';
import { isTold, notify } from '../../../pipelines/night/notify.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** What a receiver answers that knows these fields and refuses any other; paths name nested ones. */
async function listenStrictly(known: readonly string[]): Promise<{ base: string; bodies: unknown[] }> {
  const bodies: unknown[] = [];
  const pathsOf = (value: unknown, path: string): string[] => {
    if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
    if (typeof value !== 'object' || value === null) return [path];
    return Object.entries(value).flatMap(([name, inner]) =>
      pathsOf(inner, path === '' ? name : `${path}.${name}`),
    );
  };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      const body: unknown = JSON.parse(text);
      bodies.push(body);
      const unknown = pathsOf(body, '').filter((path) => !known.includes(path));
      response.writeHead(unknown.length === 0 ? 200 : 400).end(unknown.join());
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

const whole: Notice = {
  event: 'success',
  run_id: 'r1',
  exit_code: 3,
  text: 'night of 2026-11-03: good, with something left out\nrun        r1',
  headline: 'P<ost>NL & *Co*, NL to BE: 8 of 38 on time.',
  data_as_of: '2026-11-03T04:12:00Z',
  warnings: ['No new label for 9 days'],
  dead_letters_left: 2,
  to_do: ['look at the 2 dead letters'],
};
const card = [
  'type',
  '$schema',
  'version',
  'body[].type',
  'body[].text',
  'body[].wrap',
  'body[].weight',
  'body[].size',
];

describe('the form of a notice', () => {
  it.each([
    ['https://hooks.slack.com/services/T/B/token', 'slack'],
    ['https://shop.webhook.office.com/webhookb2/token', 'teams'],
    ['https://prod-1.westeurope.logic.azure.com/workflows/token', 'teams'],
    ['https://chat.googleapis.com/v1/spaces/A/messages?key=token', 'text'],
    ['https://hooks.slack.com.example.org/token', 'json'],
    ['https://logic.azure.com.example.org/token', 'json'],
    ['https://hc-ping.com/uuid', 'json'],
  ] as const)('of %s is %s', (address, form) => expect(guessForm(address)).toBe(form));

  it.each([
    ['slack', ['text']],
    ['text', ['text']],
    [
      'teams',
      [
        'type',
        ...['contentType', 'contentUrl'].map((name) => `attachments[].${name}`),
        ...card.map((path) => `attachments[].content.${path}`),
      ],
    ],
  ] as const)('is taken by a receiver that refuses unknown fields: %s', async (form, known) => {
    const { base, bodies } = await listenStrictly(known);
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    await notify(new Secret(`${base}/token`), whole, { form, warn });
    expect(warnings).toEqual([]);
    await notify(new Secret(`${base}/token`), whole, { form: 'json', warn });
    expect(warnings).toEqual(['the notification was answered with HTTP 400']);
    const text = JSON.stringify(bodies[0]);
    for (const said of [
      'exit code 3',
      '8 of 38 on time',
      '04:12 UTC',
      'No new label for 9 days',
      'dead letters',
    ])
      expect(text).toContain(said);
    expect(text).not.toContain('run_id');
  });

  it('says first how it went, then the carrier to talk to, and shows no markup of its own', async () => {
    expect(sayShort(whole)).toEqual([
      'night of 2026-11-03: good, with something left out (exit code 3)',
      'P<ost>NL & *Co*, NL to BE: 8 of 38 on time.',
      'Data as of 2026-11-03 04:12 UTC.',
      'No new label for 9 days',
      '2 parcels get no answer from the API (dead letters).',
      'To do: look at the 2 dead letters.',
    ]);
    const { base, bodies } = await listenStrictly([]);
    const warn = () => undefined;
    await notify(new Secret(base), whole, { form: 'slack', warn });
    expect(JSON.stringify(bodies[0])).toContain('P&lt;ost&gt;NL &amp; *Co*, NL to BE');
    await notify(new Secret(base), whole, { form: 'teams', warn });
    expect(JSON.stringify(bodies[1])).toContain('P\\\\<ost\\\\>NL & \\\\*Co\\\\*');
  });

  it.each([
    ['failure', 0, true, false],
    ['failure', 3, false, true],
    ['case', 0, false, false],
    ['case', 0, true, true],
    ['case', 5, false, true],
    ['always', 0, false, true],
  ] as const)(
    'under notifyOn %s, exit code %i and a new case %s: told %s',
    (on, exitCode, hasNewCase, told) => {
      const ended = { ...whole, exit_code: exitCode };
      expect(isTold('https://hooks.example.com/token', on, ended, hasNewCase)).toBe(told);
      // whose silence is the alarm
      expect(isTold('https://hc-ping.com/uuid', on, ended, hasNewCase)).toBe(true);
    },
  );
});
