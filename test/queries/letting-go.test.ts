import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listInputs } from '../../queries/elsewhere.js';
import { readModel, readSql } from '../../queries/engines/engine.js';
import { planEnds } from '../../queries/letting-go.js';
import { models } from '../../queries/models.js';

const duckdb = { name: 'duckdb' as const };
const ends = planEnds(duckdb);
const names = models.map(({ name }) => name);
const placeOf = (name: string) => names.indexOf(name);

/** After which model each of what is listed comes. */
const listPlaces = (list: (end: { checkable: string[]; unread: string[] }) => string[]) =>
  new Map(
    [...ends].flatMap(([after, { checkable, unread }]) =>
      list({ checkable: checkable.map(({ name }) => name), unread: [...unread] }).map(
        (name) => [name, placeOf(after)] as const,
      ),
    ),
  );
const checkedAt = listPlaces(({ checkable }) => checkable);
const goneAt = listPlaces(({ unread }) => unread);

/** The steps, tables and views that a text reads, those behind its views too. */
function findRead(sql: string): string[] {
  const read = listInputs(sql);
  return read.flatMap((name) => {
    const model = models[placeOf(name)];
    return model?.kind === 'view' ? [name, ...findRead(readModel(model, duckdb))] : [name];
  });
}

describe('a build', () => {
  it('checks each model once, when all that its check reads is made and none of it is gone', () => {
    expect([...checkedAt.keys()].sort()).toEqual([...names].sort());
    const checked = names.filter((name) =>
      existsSync(new URL(`../../queries/marts/${name}.check.sql`, import.meta.url)),
    );
    expect(checked.length).toBeGreaterThan(80);
    for (const name of checked) {
      const at = checkedAt.get(name) ?? -1;
      for (const read of findRead(readSql(`marts/${name}.check`))) {
        expect([name, read, placeOf(read) <= at]).toEqual([name, read, true]);
        expect([name, read, at <= (goneAt.get(read) ?? names.length)]).toEqual([name, read, true]);
      }
    }
  });

  it('lets go of a step after the last model that reads it', () => {
    for (const model of models) {
      if (model.kind === 'view') continue;
      for (const read of findRead(readModel(model, duckdb)))
        expect([model.name, read, placeOf(model.name) <= (goneAt.get(read) ?? names.length)]).toEqual([
          model.name,
          read,
          true,
        ]);
    }
  });

  it('keeps no step to its end but what it reads then, and nothing that stays goes', () => {
    const steps = models.filter(({ kind }) => kind === 'step').map(({ name }) => name);
    const state = readFileSync(new URL('../../queries/state.ts', import.meta.url), 'utf8');
    expect(steps.filter((name) => !goneAt.has(name))).toEqual(['periods', 'case_facts']);
    for (const name of ['periods', 'case_facts']) expect(state).toContain(`from ${name}`);
    expect([...goneAt.keys()].filter((name) => !steps.includes(name))).toEqual([]);
  });

  it('has let go of what one parcel gives before it counts them', () => {
    for (const name of ['event_numbers', 'parcel_milestones', 'parcel_outcomes', 'parcel_working_days'])
      expect(goneAt.get(name)).toBeLessThan(placeOf('cohort_members'));
  });
});
