import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../pipelines/command-list.js';
import {
  type ConfigInputs,
  loadConfig,
  readConfig,
  requireApi,
  Secret,
} from '../../../pipelines/config/config.js';
import { defaultMemoryLimit, defaultThreads, largestMemoryLimit } from '../../../pipelines/config/limits.js';
import { environmentName, fileKey, OPTIONS, SETTING_NAMES } from '../../../pipelines/config/options.js';
import { parseDuration, parseInstant, parseRate, parseSize } from '../../../pipelines/config/values.js';
import { describeConfigFile, describeEnvironment } from '../../../pipelines/first-steps/init.js';

let cwd = '';
const machine = { totalMemoryBytes: 16e9, cores: 4, stderrIsTerminal: false };
const read = (more: Partial<ConfigInputs> = {}) =>
  readConfig({ flags: {}, environment: {}, cwd, machine, ...more });
const write = (name: string, text: string) => {
  writeFileSync(join(cwd, name), text);
  return join(cwd, name);
};
const configFile = (text: string) => write('parcelmetrics.config.json', text);

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parcelmetrics-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('where a setting comes from', () => {
  it('has defaults for everything', () => {
    const { config, problems, warnings } = read();
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config).toMatchObject({
      data: join(cwd, 'data'),
      warehouse: join(cwd, 'data/warehouse.duckdb'),
      marts: join(cwd, 'data/marts.duckdb'),
      published: join(cwd, 'data/published'),
      out: join(cwd, 'data/report'),
      days: 90,
      ratePerMinute: 600,
      concurrency: 8,
      asOf: null,
      publicKey: null,
      memoryLimit: '800MB',
      threads: 4,
      progress: false,
    });
    expect(new Set(Object.values(config.sources))).toEqual(new Set(['default']));
  });

  it('prefers the flag, then the environment, .env, the file, the default', () => {
    const flags = { days: '5' };
    const environment = { PARCELMETRICS_DAYS: '4' };
    const found: unknown[] = [];
    const look = (more: Partial<ConfigInputs>) => {
      const { config } = read(more);
      found.push([config.days, config.sources.days]);
    };
    look({});
    configFile('{"days": 2}');
    look({});
    write('.env', 'PARCELMETRICS_DAYS=3\n');
    look({});
    look({ environment });
    look({ environment, flags });
    expect(found).toEqual([
      [90, 'default'],
      [2, 'file'],
      [3, '.env'],
      [4, 'environment'],
      [5, 'flag'],
    ]);
  });

  it('derives the paths from the data folder, and starts relative ones where they are named', () => {
    mkdirSync(join(cwd, 'etc'));
    const path = write('etc/my.json', '{"data": "../kept", "inbox": "in"}');
    const { config } = read({ flags: { configFile: 'etc/my.json', out: 'site' } });
    expect(config).toMatchObject({
      configFile: path,
      data: join(cwd, 'kept'),
      warehouse: join(cwd, 'kept/warehouse.duckdb'),
      inbox: join(cwd, 'etc/in'),
      out: join(cwd, 'site'),
    });
  });

  it('takes an empty variable and a null in the file as not set', () => {
    configFile('{"days": null}');
    const { config, problems } = read({ environment: { PARCELMETRICS_DAYS: '', SENDCLOUD_PUBLIC_KEY: '' } });
    expect({ problems, days: config.days, key: config.publicKey }).toEqual({
      problems: [],
      days: 90,
      key: null,
    });
  });

  it('gathers a repeatable flag, and reads options of the command that runs only', () => {
    const flags = { parameters: ['carrier=dpd', 'text=a=b'] };
    expect(read({ flags, optionNames: ['parameters'] }).options.parameters).toEqual({
      carrier: 'dpd',
      text: 'a=b',
    });
    expect(read({ environment: { PARCELMETRICS_SEED: 'x' } }).problems).toEqual([]);
    expect(
      read({ environment: { PARCELMETRICS_SEED: 'x' }, optionNames: ['randomSeed'] }).problems,
    ).toHaveLength(1);
  });

  it('shows progress on a terminal, but not in CI, and colours unless NO_COLOR', () => {
    const terminal = { ...machine, stderrIsTerminal: true };
    expect(read({ machine: terminal }).config).toMatchObject({ progress: true, color: true });
    expect(read({ machine: terminal, environment: { CI: 'true' } }).config.progress).toBe(false);
    expect(read({ machine: terminal, environment: { NO_COLOR: '1' } }).config.color).toBe(false);
    expect(read({ machine: terminal, flags: { progress: false } }).config.progress).toBe(false);
  });

  it('gives the database half of a small memory', () => {
    const small = (totalMemoryBytes: number) =>
      read({ machine: { ...machine, totalMemoryBytes } }).config.memoryLimit;
    expect([small(64e9), small(5e9), small(1.5e9), small(2e8)]).toEqual(['800MB', '800MB', '750MB', '512MB']);
  });

  it('gives it more for more than a million parcels, and never more than half', () => {
    const of = (parcels: number, total = 64e9) => defaultMemoryLimit(total, parcels);
    expect([of(1e6), of(1_200_000), of(3e6), of(6e6, 8e9)]).toEqual(['800MB', '1GB', '2800MB', '4GB']);
    expect([largestMemoryLimit(8e9), largestMemoryLimit(5e8)]).toEqual(['4GB', '512MB']);
  });

  it('gives it a second thread from 250,000 parcels on, and never more than one a core', () => {
    const of = (parcels: number) => defaultThreads(4, parcels);
    expect([of(0), of(249_999), of(250_000), of(1e6), of(1e7)]).toEqual([1, 1, 2, 4, 4]);
    expect(defaultThreads(2, 1e6)).toBe(2);
  });
});

describe('secrets', () => {
  it('reads them from the environment or from a file, without its line break', () => {
    const path = write('key', 'sk-1\n');
    const { config } = read({ environment: { SENDCLOUD_PUBLIC_KEY: 'pk', SENDCLOUD_SECRET_KEY_FILE: path } });
    expect([config.publicKey?.reveal(), config.secretKey?.reveal()]).toEqual(['pk', 'sk-1']);
  });

  it('prints none of them, however it is printed', () => {
    const notify = 'https://hooks.example/token-42';
    const environment = { SENDCLOUD_SECRET_KEY: 'sk-secret', PARCELMETRICS_NOTIFY_URL: notify };
    const { config } = read({ environment });
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.secretKey}`,
    ];
    for (const text of printed) {
      expect(text).not.toMatch(/sk-secret|token-42/);
      expect(text).toContain('[secret]');
    }
  });

  it('does not print a wrong one either', () => {
    const environment = { SENDCLOUD_SECRET_KEY: 'sk secret', PARCELMETRICS_NOTIFY_URL: 'ftp://token-42' };
    const text = read({ environment }).problems.join('\n');
    expect(text).toMatch(/SENDCLOUD_SECRET_KEY.*\n?.*PARCELMETRICS_NOTIFY_URL/);
    expect(text).not.toMatch(/sk secret|token-42/);
  });

  it('refuses a secret twice, in an unreadable file, or in the configuration file', () => {
    const twice = { SENDCLOUD_PUBLIC_KEY: 'a', SENDCLOUD_PUBLIC_KEY_FILE: 'b' };
    expect(read({ environment: twice }).problems).toEqual([
      'SENDCLOUD_PUBLIC_KEY and SENDCLOUD_PUBLIC_KEY_FILE are both set: keep one',
    ]);
    expect(read({ environment: { SENDCLOUD_PUBLIC_KEY_FILE: 'nowhere' } }).problems).toEqual([
      'SENDCLOUD_PUBLIC_KEY_FILE: cannot read nowhere (ENOENT)',
    ]);
    const path = configFile('{"secretKey": "sk"}');
    expect(read().problems).toEqual([
      `"secretKey" in ${path}, line 1: not read from a file, as it is a secret; use SENDCLOUD_SECRET_KEY or SENDCLOUD_SECRET_KEY_FILE`,
    ]);
  });
});

describe('wrong values', () => {
  it.each([
    [{ flags: { days: '0' } }, '--days: "0" is not a whole number from 1 to 3660'],
    [
      { environment: { PARCELMETRICS_DAYS: 'abc' } },
      'PARCELMETRICS_DAYS: "abc" is not a whole number from 1 to 3660',
    ],
    [{ flags: { asOf: 'yesterday' } }, '--as-of: "yesterday" is not an ISO 8601 instant'],
    [{ flags: { ratePerMinute: 'fast' } }, '--rate: "fast" is not a rate such as 600/min'],
    [{ flags: { concurrency: '65' } }, '--concurrency: "65" is not a whole number from 1 to 64'],
    [{ flags: { maxDurationMs: '90' } }, '--max-duration: "90" is not a length of time with its unit'],
    [{ flags: { warehouse: '' } }, '--warehouse: "" is not a path (it is empty)'],
    [{ flags: { logFormat: 'xml' } }, '--log-format: "xml" is not one of text, json'],
    [{ environment: { SENDCLOUD_AUTH: 'token' } }, 'SENDCLOUD_AUTH: "token" is not one of basic, oauth2'],
    [
      { environment: { SENDCLOUD_BASE_URL: 'http://api.example' } },
      'SENDCLOUD_BASE_URL: "http://api.example" is not an https',
    ],
    [
      { environment: { PARCELMETRICS_MEMORY_LIMIT: 'much' } },
      'PARCELMETRICS_MEMORY_LIMIT: "much" is not a size',
    ],
    [
      { environment: { PARCELMETRICS_LOCALE: 'no language' } },
      'PARCELMETRICS_LOCALE: "no language" is not a language tag',
    ],
    [{ environment: { PARCELMETRICS_JSON: 'maybe' } }, 'PARCELMETRICS_JSON: "maybe" is not true or false'],
    [{ flags: { quiet: true, verbose: true } }, '--quiet and --verbose exclude each other'],
    [{ flags: { configFile: 'nowhere.json' } }, 'nowhere.json cannot be read (ENOENT)'],
  ] satisfies [Partial<ConfigInputs>, string][])('%j', (more, message) => {
    expect(read(more).problems).toEqual([expect.stringContaining(message)]);
  });

  it('names .env and the line of the file, and lists all at once with exit code 2', () => {
    write('.env', 'PARCELMETRICS_THREADS=many\n');
    const path = configFile('{\n  // window\n  "days": "x"\n}\n');
    expect(() => loadConfig({ flags: {}, environment: {}, cwd, machine })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `"days" in ${path}, line 3: "x" is not a whole number from 1 to 3660\nPARCELMETRICS_THREADS in .env: "many" is not a whole number from 1 to 256`,
      }),
    );
  });

  it('suggests the setting that was meant', () => {
    const path = configFile('{"dayz": 3, "asOf": "2026-01-01"}');
    expect(read().problems).toEqual([
      `"dayz" in ${path}, line 1: there is no such setting (did you mean days?)`,
      `"asOf" in ${path}, line 1: not read from a file; use --as-of or PARCELMETRICS_AS_OF`,
    ]);
    expect(
      read({ flags: { configFile: write('ok.json', '{}') }, environment: { PARCELMETRICS_DAYZ: '1' } })
        .warnings,
    ).toEqual(['PARCELMETRICS_DAYZ is not a setting: it is left out (did you mean PARCELMETRICS_DAYS?)']);
  });
});

describe('the configuration file', () => {
  it('may have comments and a last comma', () => {
    configFile('// mine\n{ /* all */ "days": 7, // week\n "auth": "oauth2", }');
    expect(read().config).toMatchObject({ days: 7, auth: 'oauth2' });
  });

  it.each([
    ['', 1, 1, '{'],
    ['{\n  "days": 7\n  "auth": "basic"\n}', 3, 3, ', or }'],
    ['{"days": }', 1, 10, 'a text, a number, true, false or null'],
    ['{"days": [7]}', 1, 10, 'a text, a number, true, false or null'],
    ['[7]', 1, 1, '{'],
    ['\uFEFF{"days" 7}', 1, 9, ':'],
    ['{"days": 7 /* week }', 1, 12, 'a name, a value or a mark of JSON'],
    ['{days: 7}', 1, 2, 'a name, a value or a mark of JSON'],
    ['{"days": 7.}', 1, 10, 'a text, a number, true, false or null'],
    ['{"a": "sk-secret\n', 1, 7, 'a name, a value or a mark of JSON'],
    ['{"days": 7, "days": 8}', 1, 13, '"days" only once'],
    ['{"days": 7} x', 1, 13, 'a name, a value or a mark of JSON'],
    ['{"days": 7', 1, 11, ', or }'],
  ])('names the place of a mistake in %j and quotes nothing', (text, line, column, expected) => {
    const path = configFile(text);
    const [problem] = read().problems;
    expect(problem).toContain(`${path}, line ${line}, column ${column}: expected ${expected}`);
    expect(problem).not.toContain('sk-secret');
  });

  it('never fails otherwise than with a place', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      ':',
      ',',
      '"a"',
      '"days"',
      '7',
      '-1e',
      'true',
      'null',
      '//x\n',
      '/*',
      '*/',
      ' ',
      '\n',
      '\\',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        configFile(pieces.join(''));
        for (const problem of read().problems) expect(problem).toMatch(/line \d+/);
      }),
    );
  });

  it('is a template that holds when every line is taken into use', () => {
    const template = describeConfigFile();
    const used = template.replaceAll(/^ {2}\/\/ ("\w+":)/gm, '  $1');
    expect(used).not.toBe(template);
    for (const text of [template, used]) {
      configFile(text);
      expect(read()).toMatchObject({ problems: [], warnings: [] });
    }
    expect(read().config.sources).toMatchObject({
      data: 'file',
      maxDurationMs: 'file',
      keepSourceId: 'file',
    });
    write('.env', describeEnvironment());
    expect(read()).toMatchObject({ problems: [], warnings: [], config: { publicKey: null } });
  });
});

describe('values', () => {
  it.each([
    ['2026-03-01T04:00:00Z', '2026-03-01T04:00:00.000Z'],
    ['2026-03-01T04:00', '2026-03-01T04:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01 04:00:00.1234567+02:00', '2026-03-01T02:00:00.123Z'],
    ['2026-03-01T04:00:00-0530', '2026-03-01T09:30:00.000Z'],
  ])('reads the instant %s', (text, iso) => expect(parseInstant(text).toISOString()).toBe(iso));

  it.each([
    '2026-02-30',
    '2026-13-01',
    '2026-03-01T24:00Z',
    '2026-03-01T04:00+15:00',
    '1772337600',
    'now',
    '',
  ])('refuses the instant %j', (text) => expect(() => parseInstant(text)).toThrow(/ISO 8601/));

  it('reads back any instant that Date writes', () => {
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (instant) => parseInstant(instant.toISOString()).getTime() === instant.getTime()),
    );
  });

  it('reads lengths of time and rates', () => {
    expect(['2h', '90m', '30s', '1h30m', '500ms', '1.5h'].map(parseDuration)).toEqual([
      7_200_000, 5_400_000, 30_000, 5_400_000, 500, 5_400_000,
    ]);
    expect(['600', '600/min', '10/s', '120/h', '600 / min'].map((text) => parseRate(text))).toEqual([
      600, 600, 600, 2, 600,
    ]);
    expect(['4gb', '512 MB', '1.5GiB'].map((text) => parseSize(text))).toEqual(['4GB', '512MB', '1.5GiB']);
    for (const wrong of ['0s', '2x', '', '31d', 'h']) expect(() => parseDuration(wrong)).toThrow();
    for (const wrong of ['0', '30/h', '-5', '5/day', '1e9']) expect(() => parseRate(wrong)).toThrow();
  });

  it('takes plain http on loopback only, and no sign-in data in an address', () => {
    const base = (url: string) => read({ environment: { SENDCLOUD_BASE_URL: url } });
    expect(base('http://127.0.0.1:8080/api/v3/').config.baseUrl).toBe('http://127.0.0.1:8080/api/v3');
    expect(base('http://[::1]:8080').problems).toEqual([]);
    for (const wrong of [
      'http://127.0.0.1.example',
      'https://a:b@api.example',
      'https://api.example?x=1',
      'ftp://x',
    ]) {
      expect(base(wrong).problems).toHaveLength(1);
    }
  });
});

it('has one variable and one key of the file for each option, and one flag within each command', () => {
  const specs = Object.values(OPTIONS);
  const keys = specs.map(fileKey).filter((key) => key !== null);
  const everywhere = SETTING_NAMES.filter((name) => OPTIONS[name].everywhere);
  const flags = COMMANDS.map(({ optionNames }) =>
    [...everywhere, ...optionNames].map((name) => OPTIONS[name].option),
  );
  for (const names of [specs.map(environmentName), keys, ...flags]) {
    expect(new Set(names).size).toBe(names.length);
  }
  for (const { secret, flag, file } of specs)
    if (secret) expect({ flag, file }).toEqual({ flag: false, file: false });
});

describe('what the API needs', () => {
  const keys = { SENDCLOUD_PUBLIC_KEY: 'pk', SENDCLOUD_SECRET_KEY: 'sk' };

  it('gives the keys', () => {
    const { publicKey, secretKey } = requireApi(read({ environment: keys }).config);
    expect([publicKey, secretKey]).toEqual([expect.any(Secret), expect.any(Secret)]);
  });

  it('names the key that is missing, with exit code 2', () => {
    const { config } = read({ environment: { SENDCLOUD_PUBLIC_KEY: 'pk' } });
    const error = expect.objectContaining({
      exitCode: 2,
      message: 'no credentials: SENDCLOUD_SECRET_KEY not set',
    });
    expect(() => requireApi(config)).toThrow(error);
  });

  it('refuses a frozen clock, unless the API is on loopback', () => {
    const flags = { asOf: '2026-01-01' };
    expect(() => requireApi(read({ environment: keys, flags }).config)).toThrow(/--as-of cannot be used/);
    const environment = { ...keys, SENDCLOUD_BASE_URL: 'http://127.0.0.1:1' };
    expect(() => requireApi(read({ environment, flags }).config)).not.toThrow();
  });
});
