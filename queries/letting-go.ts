import { existsSync } from 'node:fs';
import { type Engine, readModel, readSql } from './engines/engine.js';
import { type Model, models } from './models.js';

/** Steps that are read once all models are made. */
const readLast: readonly string[] = ['case_facts', 'periods'];

/** What is done after a model, in a build without buckets. */
export interface Ends {
  /** Models all of whose check's inputs are there now, and were not before. */
  checkable: readonly Model[];
  /** Steps that nothing reads any more, neither model nor check. */
  unread: readonly string[];
}

/** The models that a text may read: those it names at all. One too many is held a little longer. */
function findNamed(sql: string): Set<number> {
  const words = new Set(sql.replace(/--.*$/gm, '').match(/\w+/g));
  return new Set(models.flatMap(({ name }, place) => (words.has(name) ? [place] : [])));
}

/**
 * When each model can be checked, and when the rows of a step can go: most of the memory of a build would be steps that have served.
 * By the model's name.
 */
export function planEnds(engine: Pick<Engine, 'name'>): Map<string, Ends> {
  const read = models.map((model, place) => {
    const named = findNamed(readModel(model, engine));
    // A weekly table asks which weeks are kept, outside of its text.
    if (model.kind === 'weekly') named.add(models.findIndex(({ name }) => name === 'kept_weeks'));
    named.delete(place);
    return named;
  });
  // What reads a view reads what the view reads.
  const reach = (named: Iterable<number>): Set<number> => {
    const reached = new Set(named);
    for (const place of reached)
      if (models[place]?.kind === 'view') for (const further of read[place] ?? []) reached.add(further);
    return reached;
  };
  const lastRead = models.map((_, place) => place);
  const checkedAt = models.map((model, place) => {
    const file = `marts/${model.name}.check`;
    const isChecked = existsSync(new URL(`./${file}.sql`, import.meta.url));
    const reached = reach(isChecked ? findNamed(readSql(file)) : []);
    const at = Math.max(place, ...reached);
    for (const one of reached) lastRead[one] = Math.max(lastRead[one] ?? 0, at);
    return at;
  });
  read.forEach((named, place) => {
    for (const one of reach(named)) lastRead[one] = Math.max(lastRead[one] ?? 0, place);
  });
  return new Map(
    models.map(({ name }, place) => [
      name,
      {
        checkable: models.filter((_, one) => checkedAt[one] === place),
        unread: models.flatMap((step, one) =>
          step.kind === 'step' && lastRead[one] === place && !readLast.includes(step.name) ? [step.name] : [],
        ),
      },
    ]),
  );
}
