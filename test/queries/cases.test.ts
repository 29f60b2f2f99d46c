import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFailures } from '../../queries/checks.js';
import { type Case, type Expectation, findMismatches, readCases } from './case-files.js';
import { openScratch, type Scratch } from './harness.js';

const cases = readCases();

/** A case about single parcels, at the common clock: such cases are built together, under numbers of their own. */
function isAboutParcels({ expectations, asOf, days, hasSeeds }: Case): boolean {
  return (
    !hasSeeds &&
    days === 90 &&
    asOf.toISOString() === '2026-06-30T00:00:00.000Z' &&
    expectations.every(({ table }) => ['parcels', 'events', 'exception_episodes'].includes(table))
  );
}

function selectRows({ table, where, columns }: Expectation): string {
  return `select ${columns.join(', ')} from ${table} where ${where ?? 'true'}`;
}

async function buildSoundly(scratch: Scratch, given: Case): Promise<void> {
  const { checks } = await scratch.build({
    asOf: given.asOf,
    days: given.days,
    seedsFolder: given.hasSeeds ? given.folder : null,
  });
  expect(describeFailures(checks)).toEqual([]);
}

async function expectRows(scratch: Scratch, { expectations }: Case): Promise<void> {
  expect(expectations.length).toBeGreaterThan(0);
  const mismatches = [];
  for (const expectation of expectations) {
    const rows = await scratch.rows<Record<string, unknown>>(selectRows(expectation));
    mismatches.push(...findMismatches(expectation, rows));
  }
  expect(mismatches).toEqual([]);
}

describe('single parcels', () => {
  const together = cases.filter(isAboutParcels);
  let scratch: Scratch;

  /** Every number of a case begins with the case's own, so that no two cases share one. */
  function rename(response: unknown, prefix: string): unknown {
    const body = structuredClone(response) as { tracking_numbers: { tracking_number: string }[] };
    for (const entry of body.tracking_numbers) entry.tracking_number = `${prefix}/${entry.tracking_number}`;
    return body;
  }

  beforeAll(async () => {
    scratch = await openScratch();
    for (const { name, observations } of together) {
      await scratch.land(
        observations.map(({ observedAt, response }) => ({ observedAt, response: rename(response, name) })),
      );
    }
    const [first] = together;
    if (first) await buildSoundly(scratch, first);
  });
  afterAll(() => scratch.close());

  it.each(together.map((given) => [given.name, given] as const))('%s', async (name, given) => {
    const own = `split_part(tracking_number, '/', 1) = '${name}'`;
    await expectRows(scratch, {
      ...given,
      expectations: given.expectations.map((expectation) => ({
        ...expectation,
        where: expectation.where === null ? own : `${own} and (${expectation.where})`,
        rows: expectation.rows.map((row) =>
          row.tracking_number === undefined
            ? row
            : { ...row, tracking_number: `${name}/${row.tracking_number}` },
        ),
      })),
    });
  });
});

describe('marts', () => {
  it.each(cases.filter((given) => !isAboutParcels(given)).map((given) => [given.name, given] as const))(
    '%s',
    async (_name, given) => {
      const scratch = await openScratch();
      try {
        await scratch.land(given.observations);
        await buildSoundly(scratch, given);
        await expectRows(scratch, given);
      } finally {
        scratch.close();
      }
    },
  );
});
