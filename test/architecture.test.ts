import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Model, models } from '../queries/models.js';
import { seedNames } from '../queries/seed-files.js';
import { findUnportable, globalWindow, rules, strip } from './portable-sql.js';

// The rules of the house, as CONTRIBUTING tells them: where imports and SQL may reach, and what a file may hold.

const root = fileURLToPath(new URL('../', import.meta.url));
const notOurs = new Set(['.git', 'node_modules', 'dist', 'parcelmetrics-demo']);

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (notOurs.has(entry.name)) return [];
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path.split(sep).join('/')] : [];
  });
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const ours = [...listFiles('.')];
const product = ours.filter((path) => /^(pipelines|queries|reports)\/.*\.ts$/.test(path));

describe('imports', () => {
  interface Import {
    from: string;
    to: string;
  }

  const statement = /^(?:import|export)\s(?:[^'`;=]*\sfrom\s)?'([^']+)';$|\bimport\('([^']+)'\)/gm;
  const specifiers = product.flatMap((from) =>
    [...read(from).matchAll(statement)].map(([, named, dynamic]) => ({ from, to: named ?? dynamic ?? '' })),
  );
  const imports: Import[] = specifiers
    .filter(({ to }) => to.startsWith('.'))
    .map(({ from, to }) => ({
      from,
      to: relative(root, join(root, dirname(from), to))
        .split(sep)
        .join('/'),
    }));
  const homeOf = (path: string) => path.split('/')[0] ?? '';

  /** Imports from a folder to anywhere but the places given. */
  function findStrays(folder: string, allowed: RegExp): string[] {
    return imports
      .filter(({ from, to }) => from.startsWith(`${folder}/`) && !allowed.test(to))
      .map(({ from, to }) => `${from} imports ${to}`);
  }

  it('are found at all, and lead to files', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter(({ to }) => !existsSync(join(root, to.replace(/\.js$/, '.ts'))))).toEqual([]);
  });

  it('queries know nothing of the project but themselves', () => {
    expect(findStrays('queries', /^queries\//)).toEqual([]);
  });

  it('reports read answers through queries/db and queries/schema, and quote as queries do', () => {
    expect(findStrays('reports', /^(reports\/|queries\/(db|schema|quoting)\.js$)/)).toEqual([]);
  });

  it('in reports run from page to part to chart to drawing', () => {
    const plain = 'reports/(words|definitions|snapshot)\\.js|queries/(schema|quoting)\\.js';
    const rooms = {
      drawing: 'drawing',
      charts: 'drawing',
      // what a page reckons by itself is written and tried here too
      browser: 'browser|charts|drawing',
      parts: 'parts|browser|charts|drawing',
      pages: 'parts',
    };
    const strays = Object.entries(rooms).flatMap(([room, below]) =>
      findStrays(`reports/${room}`, new RegExp(`^(reports/(${below})/|(${plain})$)`)),
    );
    expect(strays).toEqual([]);
    // a chart is made of the rows that it is handed, and of nothing else
    expect(findStrays('reports/charts', /^(reports\/(drawing\/|words\.js$)|queries\/schema\.js$)/)).toEqual(
      [],
    );
  });

  it('extraction and the API client know neither queries nor reports', () => {
    expect(findStrays('pipelines/extract', /^pipelines\//)).toEqual([]);
    expect(findStrays('pipelines/sendcloud', /^pipelines\//)).toEqual([]);
  });

  it('the sandbox is an island', () => {
    expect(findStrays('pipelines/sandbox', /^pipelines\/sandbox\//)).toEqual([]);
  });

  it('only commands wire things together, or print answers; a published snapshot is opened in one place', () => {
    const wiring =
      /^pipelines\/(cli\.ts|store\/publish\.ts|(first-steps|night|answers|house-keeping)\/[a-z-]+\.ts)$/;
    const across = imports.filter(
      ({ from, to }) => homeOf(from) === 'pipelines' && homeOf(to) !== 'pipelines',
    );
    // How SQL is quoted is one function for all.
    const strays = across.filter(({ from, to }) => !wiring.test(from) && to !== 'queries/quoting.js');
    expect(strays).toEqual([]);
  });

  it('run in no circle, static or dynamic', () => {
    const targets = new Map(product.map((path) => [path, [] as string[]]));
    for (const { from, to } of imports) targets.get(from)?.push(to.replace(/\.js$/, '.ts'));
    const done = new Set<string>();
    const circles: string[] = [];
    const follow = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of targets.get(path) ?? []) follow(next, [...trail, path]);
      done.add(path);
    };
    for (const path of product) follow(path, []);
    expect(circles).toEqual([]);
  });

  it('take of large packages what they use: date-fns function by function, the driver past the search for its names', () => {
    const wide = specifiers.filter(({ to }) => to === 'date-fns');
    expect(wide).toEqual([]);
    const values =
      /^(?:import|export) (?!type )[^;]* from '@duckdb\/node-api';$|await import\('@duckdb\/node-api'\)/gm;
    const slow = product.filter((path) => values.test(read(path)));
    expect(slow).toEqual([]);
  });

  it('the product imports only what package.json installs with it', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const foreign = specifiers
      // what runs in a page is bundled with all that it imports
      .filter(({ from, to }) => !(from.startsWith('reports/browser/page/') && to in manifest.devDependencies))
      .filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
      .map(({ to }) =>
        to
          .split('/')
          .slice(0, to.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    expect([...new Set(foreign)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});

describe('SQL', () => {
  const sqlFiles = ours.filter((path) => /^queries\/(staging|marts)\/.*\.sql$/.test(path));
  const nameOf = (path: string) => path.replace(/^.*\//, '').replace(/(\.check)?\.sql$/, '');
  const isCheck = (path: string) => path.endsWith('.check.sql');

  /** The relations that a file reads: what follows from and join, less its own CTEs and table functions. */
  function findInputs(path: string): string[] {
    const sql = strip(read(path)).replace(/\bdistinct from\b/g, '<>');
    const own = new Set([...sql.matchAll(/([a-z_]+) as \(/g)].map(([, name]) => name));
    const inputs = [...sql.matchAll(/\b(?:from|join)\s+([a-z_.]+)\b(?!\s*\()/g)].map(([, name = '']) => name);
    return [...new Set(inputs)].filter((name) => !own.has(name));
  }

  const places = new Map(models.map(({ name }, place) => [name, place]));

  /** Where a model may read from. */
  function mayRead({ name, folder }: Model, input: string): boolean {
    if (folder === 'staging') return input === 'registry' || input.startsWith('landed_');
    if (
      [
        'run_parameters',
        'changed_parcels',
        'parcels_before',
        'parcels_kept',
        'built_periods',
        'case_history',
        'seed_public_holidays',
        'integers',
      ].includes(input)
    )
      return true;
    if (input.startsWith('seed_')) return seedNames.includes(input.slice(5));
    return (places.get(input) ?? Number.POSITIVE_INFINITY) < (places.get(name) ?? 0);
  }

  it('is one file a model, and no more', () => {
    const files = sqlFiles.filter((path) => !isCheck(path)).map((path) => path.replace(/^queries\//, ''));
    expect(files.sort()).toEqual(models.map(({ folder, name }) => `${folder}/${name}.sql`).sort());
    expect(sqlFiles.filter((path) => isCheck(path) && !places.has(nameOf(path)))).toEqual([]);
  });

  it('only staging reads what was landed; a mart reads staging, seeds and earlier models', () => {
    const strays = models.flatMap((model) =>
      findInputs(`queries/${model.folder}/${model.name}.sql`)
        .filter((input) => !mayRead(model, input))
        .map((input) => `${model.name} reads ${input}`),
    );
    expect(strays).toEqual([]);
  });

  it('checks read models, seeds and parameters', () => {
    const strays = sqlFiles.filter(isCheck).flatMap((path) =>
      findInputs(path)
        .filter(
          (input) =>
            !places.has(input) && !/^(seed_[a-z_]+|run_parameters|changed_parcels|integers)$/.test(input),
        )
        .map((input) => `${path} reads ${input}`),
    );
    expect(strays).toEqual([]);
  });

  it('says its grain first', () => {
    const silent = sqlFiles.filter(
      (path) => !read(path).startsWith(isCheck(path) ? '-- what must hold of ' : '-- grain: one row '),
    );
    expect(silent).toEqual([]);
  });

  const untidy: [string, RegExp][] = [
    ['templating', /\$\{|\{\{|\{%/],
    ['upper case', /[A-Z]/],
    ['a comma at the start of a line', /^\s*,/m],
  ];
  it.each(untidy)('is written in one hand: without %s', (_name, pattern) => {
    expect(sqlFiles.filter((path) => pattern.test(strip(read(path))))).toEqual([]);
  });

  const halves = new Map(models.map(({ name, half }) => [name, half]));
  const heavyFiles = sqlFiles.filter((path) => halves.get(nameOf(path)) === 'heavy');

  it('of the heavy half, which grows with the parcels, runs elsewhere too', () => {
    const strays = heavyFiles.flatMap((path) =>
      findUnportable(read(path), isCheck(path)).map((rule) => `${path}: ${rule}`),
    );
    expect(strays).toEqual([]);
  });

  it.each(
    [...rules, globalWindow].flatMap((rule) => rule.offends.map((snippet) => [snippet, rule] as const)),
  )('that says "%s" is caught', (snippet, rule) => {
    expect(rule.breaks(strip(snippet), false)).toBe(true);
    expect(rule.breaks(strip(snippet), true)).toBe(!snippet.includes('exception_group'));
  });

  // Numbered on one node: few rows, but for the first, which another engine replaces by a twin that keeps the texts.
  const numberedAtOnce: Record<string, string> = {
    event_numbers:
      'the parcels that are derived again: the one twin of an engine, with owner_number as parcel_id',
    event_kinds: 'combinations of codes, a few hundred',
    measures: 'the measures of follow_ups, ten',
    mix_cells: 'cells, not parcels',
    cell_groups: 'groups of cells, not parcels',
    stratum_groups: 'groups of cells, not parcels',
    carriers: 'carriers',
  };

  it('of the heavy half has no window over all parcels', () => {
    const strays = heavyFiles.filter(
      (path) => !isCheck(path) && globalWindow.breaks(strip(read(path)), false),
    );
    expect(strays.map(nameOf).sort()).toEqual(Object.keys(numberedAtOnce).sort());
  });

  it('of the light half starts from counts and finished curves, not from rows of parcels', () => {
    const counted =
      /^(accounts|cells|mix_cells|cell_groups|groups|stratum_groups|periods|carrier_starts|cohort_counts|week_members|open_counts|rate_tallies|hand_over_waits|durations|curve_points)$/;
    const strays = models
      .filter(({ half }) => half === 'light')
      .flatMap(({ folder, name }) =>
        findInputs(`queries/${folder}/${name}.sql`)
          .filter((input) => halves.get(input) === 'heavy' && !counted.test(input))
          .map((input) => `${name} reads ${input}`),
      );
    expect(strays).toEqual([]);
  });

  it('of staging passes on no column that nobody reads', () => {
    const readers = [...sqlFiles.filter((path) => path.includes('/marts/')), 'queries/state.ts']
      .map(read)
      .join('\n');
    const columns = sqlFiles
      .filter((path) => path.includes('/staging/'))
      .flatMap((path) =>
        [...strip(read(path)).matchAll(/^ {4}(?:.* as )?(\w+),?$/gm)].map(([, name = '']) => name),
      );
    expect(columns.length).toBeGreaterThan(30);
    expect(columns.filter((name) => !new RegExp(`\\b${name}\\b`).test(readers))).toEqual([]);
  });

  it('has a prelude of which everything is used', () => {
    const prelude = read('queries/prelude.sql');
    const callers = [prelude, ...sqlFiles.map(read)]
      .join('\n')
      .replace(/^create .*? as/gms, (head) => head.replace(/temp (macro|view) \w+/, ''));
    const defined = [...prelude.matchAll(/temp (?:macro|view) (\w+)/g)].map(([, name = '']) => name);
    expect(defined.length).toBeGreaterThan(20);
    expect(defined.filter((name) => !new RegExp(`\\b${name}\\b`).test(strip(callers)))).toEqual([]);
  });

  it('every mart that is a table has its check, every public table a case, and every step somebody who reads it', () => {
    const marts = models.filter(({ folder }) => folder === 'marts');
    const kept = marts.filter(({ kind, isPublic }) => kind !== 'view' || isPublic);
    expect(kept.filter(({ name }) => !existsSync(join(root, `queries/marts/${name}.check.sql`)))).toEqual([]);

    const expected = ours.flatMap((path) => {
      const match = /^test\/queries\/cases\/[^/]+\/expect(?:\.([a-z_]+))?\.csv$/.exec(path);
      return match ? [match[1] ?? 'parcels'] : [];
    });
    expect(marts.filter(({ name, isPublic }) => isPublic && !expected.includes(name))).toEqual([]);

    const readSomewhere = new Set(
      models.flatMap(({ folder, name }) => findInputs(`queries/${folder}/${name}.sql`)),
    );
    expect(models.filter(({ name, isPublic }) => !isPublic && !readSomewhere.has(name))).toEqual([]);
  });
});

describe('files', () => {
  // A file that passes 300 lines is a question: is it two things? These were asked.
  const longFiles: Record<string, string> = {
    'pipelines/extract/landing-steps.ts': 'the statements of one batch, in order',
    'pipelines/command-list.ts': 'one entry a command, and what an entry is',
    'pipelines/config/config.ts': 'where a value may come from, and what is said of a name that is none',
    'pipelines/config/options.ts': 'one line an option',
    'pipelines/first-steps/doctor.ts': 'one check after the other',
    'pipelines/house-keeping/landed-lines.ts': 'the lines of a warehouse, written and read back',
    'queries/explain/figures.ts': 'the rule of each figure, and of each rate',
    'queries/schema.ts': 'one interface a public table, column by column, as they are made',
    'reports/assets/figures.css': 'one block a figure of the report',
    'test/architecture.test.ts': 'one test a rule of the house',
    'test/docs/methodology.test.ts': 'one worked example after the other',
    'test/pipelines/extract/extract.test.ts': 'one test a thing that an API can do to a night',
    'test/pipelines/extract/list-of-shipments.test.ts': 'one test a thing that a list can do to a sync',
    'test/pipelines/extract/plan.test.ts': 'one test a rule of the schedule',
    'test/pipelines/extract/landing.test.ts': 'one table of landings',
    'test/pipelines/sendcloud/timeline.test.ts': 'one test a field that can be spoilt',
    'test/pipelines/cli.test.ts': 'every command and its exits',
    'test/pipelines/config/config.test.ts': 'one test a wrong value',
    'test/pipelines/night/register.test.ts': 'one test a way that a registration can go',
    'test/pipelines/answers/sql/run.test.ts': 'one test a refusal',
    'test/pipelines/store/warehouse.test.ts': 'one test a way to open it wrongly',
    'test/queries/checks.test.ts': 'one row that no check may let pass',
    'test/queries/examples.test.ts': 'one test a published query',
    'test/reports/charts/fixtures.ts': 'one maker a table that charts read',
    'test/reports/cases.test.ts': 'one kind of case after the other',
    'test/reports/report.test.ts': 'one test a promise of the report',
    'test/reports/browser/compare-page.browser.test.ts': 'one test a promise of the page',
    'test/reports/pages/made.ts': 'a made-up snapshot, table by table',
  };

  it('have no more than 300 lines, but for those that say why', () => {
    const code = ours.filter((path) =>
      /^(pipelines|queries|reports|test|bench)\/.*\.(ts|sql|css|js)$/.test(path),
    );
    const long = code.filter((path) => read(path).split('\n').length - 1 > 300);
    expect(long.filter((path) => !(path in longFiles))).toEqual([]);
  });

  it('stand in few rooms, each with a name in kebab-case', () => {
    expect(ours.filter((path) => /^pipelines\/[^/]+$/.test(path)).length).toBeLessThanOrEqual(8);
    const named = ours.filter((path) => /^(pipelines|reports|bench|test)\/.*\.(ts|js|mjs|css)$/.test(path));
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*(\.(test|full|browser\.test|d))?\.\w+$/;
    expect(named.filter((path) => !kebab.test(path))).toEqual([]);
  });

  it('read the environment in pipelines/config/process.ts and nowhere else', () => {
    const readers = product.filter((path) => /\bprocess\.env\b/.test(read(path)));
    expect(readers).toEqual(['pipelines/config/process.ts']);
  });

  it('print through the one printer: nothing of the product calls the console', () => {
    expect(product.filter((path) => /\bconsole\.\w+\s*\(/.test(read(path)))).toEqual([]);
  });

  it('lie in the folders of the house: no src, lib, utils, helpers, common, types or services', () => {
    const pattern = /(^|\/)(src|lib|utils|helpers|common|types|services)\//;
    expect(ours.filter((path) => pattern.test(path))).toEqual([]);
  });

  it('are there, where a document names them', () => {
    const pages = ours.filter((path) => /^(docs\/)?[a-zA-Z-]+\.md$/.test(path));
    const lost = pages.flatMap((page) =>
      [...read(page).matchAll(/\b(?:test|pipelines|queries|reports|bench|docs)\/[\w./-]+\.\w+\b/g)]
        .filter(([path]) => !existsSync(join(root, path)))
        .map(([path]) => `${page} names ${path}`),
    );
    expect(lost).toEqual([]);
  });

  it('name no registry host and no folder outside the project, the lockfile included', () => {
    const textual = new Set([
      '.ts',
      '.sql',
      '.md',
      '.json',
      '.mjs',
      '.csv',
      '.css',
      '.js',
      '.yml',
      '.npmrc',
      '',
    ]);
    const texts = ours.filter((path) => textual.has(extname(path)) && path !== 'test/architecture.test.ts');
    const outside =
      /registry\.(npmjs|yarnpkg)|\/\/[a-z0-9.-]*(artifactory|nexus|jfrog|verdaccio)|\.\.\/shared\b|(^|[\s'"`(=])\/work\//m;
    expect(texts.filter((path) => outside.test(read(path)))).toEqual([]);
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});
