import type { DuckDBConnection } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { land, makeTimeline, openLanding, readValue } from './harness.js';

/** A connection that keeps the plan of each statement before it runs. */
function keepPlans(connection: DuckDBConnection, plans: Map<string, string>): DuckDBConnection {
  return new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return async (...[sql, values]: [string, Record<string, never>?]) => {
        if (property === 'run' && /\bjoin\b/.test(sql)) {
          for (const statement of sql.split(/;\s*\n/)) {
            const reader = await target.runAndReadAll(`explain ${statement}`, values);
            plans.set(statement.trim(), reader.getRows().join('\n'));
          }
        }
        return value.apply(target, [sql, values]);
      };
    },
  });
}

// A condition on one side of an outer join makes the engine compare each row with each: a million relabelled parcels would take a night.
it('no statement of a batch compares each row with each', async () => {
  const connection = await openLanding();
  const plans = new Map<string, string>();
  const seen = ['A', 'B', 'C'].map((number, index) => ({
    at: `2026-03-0${index + 1}T12:00:00Z`,
    body: makeTimeline([number, 'A', `${number}2`], [['2026-03-01T10:00:00Z', 'accepted']]),
  }));
  await land(connection, seen);
  await land(keepPlans(connection, plans), seen);
  expect(plans.size).toBeGreaterThan(8);
  const nested = [...plans].filter(([, plan]) =>
    /BLOCKWISE_NL_JOIN|NESTED_LOOP_JOIN|CROSS_PRODUCT/.test(plan),
  );
  expect(nested.map(([statement]) => statement)).toEqual([]);
  expect(await readValue(connection, `select count(*) from registry where alias_of = 'A'`)).toBe('2');
});
