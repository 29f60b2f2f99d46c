import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../pipelines/store/publish.js';
import { writeComments } from '../queries/dictionary.js';
import { publicTables } from '../queries/models.js';
import { openScratch } from './queries/harness.js';
import { readableHistories } from './queries/nights.js';

// What npm packs of the repository, as a stranger gets it.

const root = fileURLToPath(new URL('../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'parcelmetrics-package-'));
const repository = join(work, 'repository');
/** The unpacked package, where another project has it. */
const project = join(work, 'project');
const installed = join(project, 'node_modules', 'parcelmetrics');
const read = (path: string) => readFileSync(join(installed, path), 'utf8');
let files: string[] = [];

beforeAll(() => {
  const notPacked = new Set(['.git', 'node_modules', 'dist', 'data', 'test']);
  cpSync(root, repository, {
    recursive: true,
    filter: (path) => !notPacked.has(normalize(path).slice(root.length).split('/')[0] ?? ''),
  });
  // Something to leave out.
  mkdirSync(join(repository, 'test'));
  writeFileSync(join(repository, 'test', 'some.test.ts'), '');
  writeFileSync(join(repository, '.env'), 'SENDCLOUD_SECRET_KEY=none\n');
  mkdirSync(join(repository, 'dist'));
  writeFileSync(join(repository, 'dist', 'gone.js'), '// compiled from a file that is gone');
  symlinkSync(join(root, 'node_modules'), join(repository, 'node_modules'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: repository });
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(work, tarball), '-C', installed, '--strip-components=1']);
  files = readdirSync(installed, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(installed, path)).isFile());
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the packed package', () => {
  it('holds what is compiled, documents and examples, and nothing else', () => {
    const places = new Set(
      files.map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('dist/') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...places].sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'DECISIONS.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/pipelines',
      'dist/queries',
      'dist/reports',
      'docs',
      'examples',
      'package.json',
    ]);
    expect(files.filter((path) => /(^|\/)(test|bench|\.ci|\.env)(\/|$)|\.test\.|\.tgz$/.test(path))).toEqual(
      [],
    );
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('has no map that points nowhere, and every file that a file imports', () => {
    expect(files.filter((path) => path.endsWith('.map'))).toEqual([]);
    const code = files.filter((path) => /\.(js|d\.ts)$/.test(path));
    expect(code.length).toBeGreaterThan(200);
    const lost = code.flatMap((path) => {
      const text = read(path);
      const maps = /^\/\/# sourceMappingURL=(?!data:)/m.test(text) ? [`${path} names a map`] : [];
      const imported = [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, to = '']) =>
        join(dirname(path), to),
      );
      const missing = imported.filter((to) => !existsSync(join(installed, to)));
      return [...maps, ...missing.map((to) => `${path} imports ${to}`)];
    });
    expect(lost).toEqual([]);
  });

  it('has every file that its documents link to', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    const lost = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, to = '']) => join(dirname(page), to))
        .filter((to) => !existsSync(join(installed, to)))
        .map((to) => `${page} links to ${to}`),
    );
    expect(pages.length).toBeGreaterThan(8);
    expect(lost).toEqual([]);
  });

  it('has a manifest that runs nothing at install, and the repository keeps its own', () => {
    const manifest = JSON.parse(read('package.json'));
    expect(manifest.scripts).toBeUndefined();
    expect(manifest.devDependencies).toBeUndefined();
    for (const path of [manifest.bin.parcelmetrics, manifest.types, manifest.exports['.'].default]) {
      expect(existsSync(join(installed, path)), path).toBe(true);
    }
    expect(readFileSync(join(repository, 'package.json'), 'utf8')).toBe(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    expect(existsSync(join(repository, '.package.json.kept'))).toBe(false);
  });

  it('has the manifest back after a pack that was cut off', () => {
    const own = readFileSync(join(repository, 'package.json'), 'utf8');
    const script = join(repository, '.ci', 'pack-manifest.mjs');
    execFileSync(process.execPath, [script, 'prepack']);
    expect(readFileSync(join(repository, 'package.json'), 'utf8')).not.toBe(own);
    execFileSync(process.execPath, [script, 'prepack']);
    execFileSync(process.execPath, [script, 'postpack']);
    expect(readFileSync(join(repository, 'package.json'), 'utf8')).toBe(own);
  });

  it('says one version everywhere, and the changelog knows what comes', () => {
    const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
    expect(lock.packages[''].dependencies).toEqual(dependencies);
    const inexact = Object.values(dependencies).filter(
      (one) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(one)),
    );
    expect(inexact).toEqual([]);
    const headings = [...read('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    expect(
      headings.filter((heading) => !/^\[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?$/.test(heading)),
    ).toEqual([]);
    expect(headings[0]).toMatch(new RegExp(`^\\[(Unreleased|${version.replaceAll('.', '\\.')})\\]`));
    expect(headings.at(-1)).toMatch(/^\[0\.1\.0\]/);
  });
});

describe('docs/typescript.md', () => {
  const blocks = [
    ...readFileSync(join(root, 'docs', 'typescript.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
  ].map(([, block = '']) => block);

  const [first = ''] = blocks;
  const programs: Record<string, string> = {
    ...Object.fromEntries(blocks.map((block, index) => [`example-${index + 1}`, block])),
    wrong: first.replace("'to_country', fn", "'to_contry', fn"),
    inner: "import { main } from 'parcelmetrics/dist/pipelines/cli.js';\nmain([]);",
  };
  /** What the compiler says of each program. */
  let said = new Map<string, string>();

  beforeAll(async () => {
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    for (const name of ['kysely', '@duckdb', '@types', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
    const scratch = await openScratch();
    const asOf = new Date('2026-06-30T09:41:00Z');
    await scratch.land(readableHistories(1, 150, asOf));
    await scratch.build({ asOf, days: 90 });
    mkdirSync(join(project, 'data'));
    await publish(scratch.connection, {
      published: join(project, 'data', 'published'),
      runId: 'run-1',
      tables: publicTables,
      writeComments,
    });
    scratch.close();
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(project, `${name}.ts`), text);
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const names = Object.keys(programs);
    const options = [
      '--strict',
      '--module',
      'NodeNext',
      '--target',
      'ES2023',
      '--types',
      'node',
      '--outDir',
      'out',
    ];
    const { stdout } = spawnSync(
      process.execPath,
      [compiler, ...options, ...names.map((name) => `${name}.ts`)],
      {
        cwd: project,
        encoding: 'utf8',
      },
    );
    const lines = stdout.split('\n');
    said = new Map(
      names.map((name) => [name, lines.filter((line) => line.startsWith(`${name}.ts(`)).join('\n')]),
    );
    expect(lines.filter((line) => / error /.test(line) && !/^(wrong|inner)\.ts/.test(line))).toEqual([]);
  });

  it('has examples', () => expect(blocks.length).toBeGreaterThan(3));

  it.each(blocks.map((_, index) => index + 1))(
    'has an example %i that compiles against the packed types, without skipLibCheck, and runs',
    (index) => {
      expect(said.get(`example-${index}`)).toBe('');
      const ran = spawnSync(process.execPath, [join('out', `example-${index}.js`)], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(ran.stderr).toBe('');
      expect(ran.status).toBe(0);
    },
  );

  it('promises no more than the types hold', () => {
    expect(said.get('wrong')).toContain('error TS2769');
    expect(said.get('inner')).toContain('parcelmetrics/dist/pipelines/cli.js');
  });

  it('names everything that the package exports', async () => {
    const page = readFileSync(join(root, 'docs', 'typescript.md'), 'utf8');
    const script = "import('parcelmetrics').then((all) => console.log(Object.keys(all).join(' ')))";
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: project, encoding: 'utf8' });
    const names = stdout.trim().split(' ');
    expect(names).toContain('openSnapshot');
    expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });
});
