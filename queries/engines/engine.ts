import { existsSync, readFileSync } from 'node:fs';
import type { Model } from '../models.js';

/** What a build asks of an engine. A name is that of a model; a select is the text of one, which names what it reads as models do. */
export interface Engine {
  readonly name: 'duckdb' | 'trino';
  /** Defines what engines do differently: the functions of the prelude and `integers`. */
  prepare(): Promise<void>;
  run(sql: string): Promise<void>;
  readRows(sql: string): Promise<unknown[][]>;
  createView(name: string, select: string): Promise<void>;
  /** A table that is gone after the build. */
  createStep(name: string, select: string): Promise<void>;
  /** A table that stays. */
  createTable(name: string, select: string): Promise<void>;
  /** Of a table that stays: the rows of changed_parcels go, and those of the select take their place. */
  replaceRows(name: string, select: string): Promise<void>;
  /** Of a weekly table: all rows go but those of kept_weeks, and those of the select join them. `weekOf` is the Monday of a row's week, in SQL. */
  replaceWeeks(name: string, weekOf: string, select: string): Promise<void>;
  /** Of a view, the part that stays as the table of its name. */
  keepPart(name: string, part: NonNullable<Model['keeps']>): Promise<void>;
  /** Gives back what the build held, whether it ended well or not; what stays is what createTable, replaceRows, replaceWeeks and keepPart made. */
  rollBack(): Promise<void>;
}

/** The text of a file of this folder, without its `.sql`. */
export function readSql(name: string): string {
  return readFileSync(new URL(`../${name}.sql`, import.meta.url), 'utf8');
}

/** The text of a model: one for all engines, but for a twin in `engines/<name>/` where a model could not be one. */
export function readModel(model: Pick<Model, 'folder' | 'name'>, engine: Pick<Engine, 'name'>): string {
  const twin = new URL(`./${engine.name}/${model.name}.sql`, import.meta.url);
  return existsSync(twin) ? readFileSync(twin, 'utf8') : readSql(`${model.folder}/${model.name}`);
}

/** What is made of a model: its text, or what stands for it in a build that keeps no week of the one before. */
export function readSelect(model: Model, engine: Pick<Engine, 'name'>, keepsWeeks: boolean): string {
  return keepsWeeks ? readModel(model, engine) : (model.keepsNothing ?? readModel(model, engine));
}
