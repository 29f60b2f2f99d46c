import { definitionOf } from '../definitions.js';
import type { TargetRow } from '../snapshot.js';
import { nameOf, type PageContext } from './context.js';
import type { ColumnKind, Sheet, WorkbookValue } from './workbook.js';

const columns: readonly [name: string, kind: ColumnKind][] = [
  ['target_number', 'number'],
  ['carrier_code', 'text'],
  ['carrier_name', 'text'],
  ['from_country', 'text'],
  ['to_country', 'text'],
  ['delivery_type', 'text'],
  ['service_level', 'text'],
  ['metric', 'text'],
  ['metric_name', 'text'],
  ['better', 'text'],
  ['target', 'number'],
  ['first_start_date', 'date'],
  ['last_start_date', 'date'],
  ['n', 'number'],
  ['x', 'number'],
  ['rate', 'number'],
  ['rate_lo', 'number'],
  ['rate_hi', 'number'],
  ['verdict', 'text'],
  ['is_sure', 'boolean'],
  ['short_by', 'number'],
  ['short_by_lo', 'number'],
  ['short_by_hi', 'number'],
  ['note', 'text'],
];

/** The agreed figures as a sheet of a workbook, in the order of the file that they come from: the columns of `targets`, and their words. */
export function makeTargetSheet(context: PageContext, isSure: (row: TargetRow) => boolean): Sheet {
  const { snapshot } = context;
  const rows = snapshot.targets.map((target) => {
    const values: Record<string, unknown> = {
      ...target,
      carrier_name: nameOf(context, target.carrier_code ?? '*'),
      metric_name: definitionOf(snapshot, target.metric).name,
      better: snapshot.metrics.find(({ name }) => name === target.metric)?.better ?? null,
      is_sure: isSure(target),
    };
    return columns.map(([name, kind]): WorkbookValue => {
      const value = values[name] ?? null;
      if (value === null) return null;
      return kind === 'date'
        ? Date.parse(`${String(value).slice(0, 10)}T00:00:00Z`)
        : (value as WorkbookValue);
    });
  });
  return { name: 'targets', columns: columns.map(([name, kind]) => ({ name, kind })), rows };
}
