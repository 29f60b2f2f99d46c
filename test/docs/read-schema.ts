import { readFileSync } from 'node:fs';

export interface SchemaColumn {
  name: string;
  type: string;
  isNullable: boolean;
}

interface Declared {
  parents: string[];
  fields: SchemaColumn[];
}

const source = readFileSync(new URL('../../queries/schema.ts', import.meta.url), 'utf8');

function readNames(alias: string): string[] {
  const body = new RegExp(`type ${alias} =([^;]+);`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
}

function field(name: string, type: string, isNullable: boolean): SchemaColumn {
  return { name, type, isNullable };
}

function withLimits(name: string): SchemaColumn[] {
  return [name, `${name}_lo`, `${name}_hi`].map((each) => field(each, 'number', true));
}

/** The columns that the generics Rates<Names> and Limited<Names> of schema.ts stand for. */
function expand(parent: string): SchemaColumn[] | null {
  const [, generic, names = ''] = /^(Rates|Limited)<(\w+)>$/.exec(parent) ?? [];
  if (generic === 'Limited') return readNames(names).flatMap(withLimits);
  if (generic === 'Rates')
    return readNames(names).flatMap((name) => [...withLimits(name), field(`${name}_n`, 'number', false)]);
  return null;
}

function readInterfaces(): Map<string, Declared> {
  const found = source.matchAll(/export interface (\w+)(?: extends ([^{]+))? \{\n([^}]*)\}/g);
  return new Map(
    [...found].map(([, name = '', parents = '', body = '']) => [
      name,
      {
        parents: parents.split(', ').filter(Boolean),
        fields: [...body.matchAll(/^ {2}(\w+): (\w+)( \| null)?;$/gm)].map(
          ([, column = '', type = '', isNull]) => field(column, type, isNull !== undefined),
        ),
      },
    ]),
  );
}

/** The tables that schema.ts declares under Snapshot, with their columns, inherited ones first. */
export function readSchema(): Map<string, SchemaColumn[]> {
  const interfaces = readInterfaces();
  const columnsOf = (name: string): SchemaColumn[] => {
    const declared = interfaces.get(name);
    if (!declared) throw new RangeError(`schema.ts declares no interface ${name}`);
    return [...declared.parents.flatMap((parent) => expand(parent) ?? columnsOf(parent)), ...declared.fields];
  };
  const tables = interfaces.get('Snapshot')?.fields ?? [];
  return new Map(tables.map(({ name, type }) => [name, columnsOf(type)]));
}
