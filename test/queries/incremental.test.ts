import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeFailures } from '../../queries/checks.js';
import { SeedError } from '../../queries/errors.js';
import { findSeedFile } from '../../queries/seeds.js';
import { openScratch, type RawObservation, type Scratch } from './harness.js';
import { compareDumps, dumpTables, readableHistories, runNights, shuffle } from './nights.js';

const asOf = new Date('2026-06-30T09:41:00Z');
const days = 60;
const scratches: Scratch[] = [];

async function open(settings?: { threads?: number; timeZone?: string }): Promise<Scratch> {
  const scratch = await openScratch(settings);
  scratches.push(scratch);
  return scratch;
}

afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.close();
  vi.unstubAllEnvs();
});

function daysBefore(count: number): Date {
  return new Date(asOf.getTime() - count * 86_400_000);
}

describe('an incremental build', () => {
  it('over three nights leaves what a full one makes', async () => {
    const observations = readableHistories(11, 350, asOf);
    const nightly = await open();
    await runNights(nightly, observations, [daysBefore(70), daysBefore(6), asOf], days);
    const incremental = await dumpTables(nightly);

    const again = await nightly.build({ asOf, days, full: true });
    expect(again.isFull).toBe(true);
    expect(compareDumps(incremental, await dumpTables(nightly))).toEqual([]);

    const once = await open();
    await once.land(shuffle(observations, 11));
    const { checks } = await once.build({ asOf, days });
    expect(describeFailures(checks)).toEqual([]);
    expect(compareDumps(incremental, await dumpTables(once))).toEqual([]);
  });

  it('derives again only the parcels that a new poll, a later clock or a new alias touches', async () => {
    const observations = readableHistories(13, 60, asOf);
    const visible = observations.filter(({ observedAt }) => observedAt <= asOf);
    const scratch = await open();
    await scratch.land(visible);
    const first = await scratch.build({ asOf, days });
    expect(first).toMatchObject({ isFull: true });
    const nothing = await scratch.build({ asOf, days: 30 });
    expect(nothing).toMatchObject({ isFull: false, changedCount: 0 });
    const [one] = visible;
    if (!one) throw new Error('no history');
    await scratch.land([{ ...one, observedAt: new Date(asOf.getTime() - 1) }]);
    const repolled = await scratch.build({ asOf, days });
    expect(repolled).toMatchObject({ isFull: false, changedCount: 1 });
    const earlier = await scratch.build({ asOf: daysBefore(5), days });
    expect(earlier.isFull).toBe(true);
  });

  it('takes a holiday off that only a later poll brings into the years that are listed', async () => {
    const poll = (number: string, at: string, events: [string, string][]): RawObservation => ({
      observedAt: new Date(at),
      response: {
        details: {},
        from_address: { country_code: 'NL' },
        to_address: { country_code: 'NL' },
        ship_with: {},
        tracking_numbers: [{ carrier_code: 'dhl', tracking_number: number }],
        events: events.map(([event_at, status_code]) => ({ event_at, status_code, event_type: 'carrier' })),
      },
    });
    const observations = [
      poll('A', '2020-12-31T23:50:00Z', [
        ['2020-12-30T12:00:00Z', 'accepted'],
        ['2020-12-31T23:30:00Z', 'delivered'],
      ]),
      poll('B', '2021-01-05T12:00:00Z', [['2021-01-04T12:00:00Z', 'accepted']]),
    ];
    const clocks = [new Date('2020-12-31T23:55:00Z'), new Date('2021-01-05T13:00:00Z')];
    const nightly = await open();
    await runNights(nightly, observations, clocks, 30);
    const once = await open();
    await runNights(once, observations, clocks.slice(1), 30);
    expect(compareDumps(await dumpTables(nightly), await dumpTables(once))).toEqual([]);
  });
});

describe('the same inputs and clock', () => {
  it('give the same tables for any number of threads, in any zone of the host, and in any order', async () => {
    const observations = readableHistories(21, 350, asOf);
    const build = async (
      settings: { threads: number; timeZone: string },
      given: RawObservation[],
      batchSize: number,
    ) => {
      const scratch = await open(settings);
      await scratch.land(given, { batchSize });
      await scratch.build({ asOf, days });
      return dumpTables(scratch);
    };
    const plain = await build({ threads: 1, timeZone: 'UTC' }, observations, 5000);
    expect(plain.parcels?.length).toBeGreaterThan(250);

    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(-13 * 60);
    const elsewhere = await build({ threads: 4, timeZone: 'Pacific/Auckland' }, shuffle(observations, 1), 90);
    expect(compareDumps(plain, elsewhere)).toEqual([]);

    vi.stubEnv('TZ', 'America/Los_Angeles');
    const west = await build({ threads: 4, timeZone: 'America/Los_Angeles' }, shuffle(observations, 2), 700);
    expect(compareDumps(plain, west)).toEqual([]);
  });
});

describe('seeds', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function makeFolder(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'seeds-'));
    folders.push(folder);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.csv`), text);
    return folder;
  }

  const builtIn = (name: string) => readFileSync(findSeedFile(name, null), 'utf8');

  it('take effect at the next build when they change, for every parcel', async () => {
    const scratch = await open();
    await scratch.land(readableHistories(31, 80, asOf));
    await scratch.build({ asOf, days });
    const before = await dumpTables(scratch);
    const folder = makeFolder({
      status_codes: builtIn('status_codes').replace(
        'off_radar,exception,,false,true,carrier,',
        'off_radar,exception,,false,true,border,',
      ),
    });
    const changed = await scratch.build({ asOf, days, seedsFolder: folder });
    expect(changed.isFull).toBe(true);
    const groups = await scratch.rows<{ exception_group: string }>(
      "select distinct exception_group from events where status_code = 'off_radar'",
    );
    expect(groups).toEqual([{ exception_group: 'border' }]);
    expect((await scratch.build({ asOf, days, seedsFolder: folder })).isFull).toBe(false);
    const back = await scratch.build({ asOf, days });
    expect(back.isFull).toBe(true);
    expect(compareDumps(before, await dumpTables(scratch))).toEqual([]);
  });

  const statusCodes = 'status_code,phase,scan_order,is_scan,is_exception,exception_group';
  it.each([
    [
      'status_codes',
      `${statusCodes}\naccepted,carrier,1,true,false,\nlost,carrier,one,true,false,`,
      ':3: scan_order is "one"',
    ],
    ['status_codes', `# a comment\n${statusCodes}\n\naccepted,carrier,1,yes,false,`, ':4: is_scan is "yes"'],
    ['status_codes', `${statusCodes}\nAccepted,carrier,1,true,false,`, ':2: status_code is "Accepted"'],
    [
      'status_codes',
      `${statusCodes}\na,carrier,1,true,false,\na,carrier,1,true,false,`,
      ':3: status_code already stands in line 2',
    ],
    ['status_codes', `${statusCodes}\na,carrier,1,true,true,somebody`, ':2: exception_group is "somebody"'],
    ['status_codes', 'status_code,phase\naccepted,carrier', 'the header is "status_code,phase"'],
    [
      'operating_days',
      'carrier_code,country_code,operating_weekdays\npostnl,NL,123458',
      ':2: operating_weekdays is "123458"',
    ],
    ['service_levels', 'pattern,service_level\n%turbo%,turbo', ':2: service_level is "turbo"'],
    ['thresholds', 'name,value,meaning\nranked_from,,a figure', ':2: value is empty'],
    [
      'country_zones',
      'country_code,time_zone\nNL,Europe/Atlantis',
      ':2: the zone of NL is "Europe/Atlantis"',
    ],
  ])('that are broken are refused with file and line: %s', async (name, text, message) => {
    const scratch = await open();
    const folder = makeFolder({ [name]: text });
    const failure = await scratch.build({ asOf, days, seedsFolder: folder }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SeedError);
    expect(String(failure)).toContain(join(folder, `${name}.csv`));
    expect(String(failure)).toContain(message);
  });

  it('that are broken leave the marts as they were', async () => {
    const scratch = await open();
    await scratch.land(readableHistories(32, 20, asOf));
    await scratch.build({ asOf, days });
    const before = await dumpTables(scratch);
    const folder = makeFolder({ thresholds: 'name,value,meaning\nranked_from,many,a figure' });
    await expect(scratch.build({ asOf, days, seedsFolder: folder })).rejects.toThrow(SeedError);
    expect(compareDumps(before, await dumpTables(scratch))).toEqual([]);
  });
});
