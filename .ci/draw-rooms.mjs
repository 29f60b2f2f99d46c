// node .ci/draw-rooms.mjs: docs/rooms.svg, the rooms of the code and who imports whom, from the imports themselves. Where a room stands and what it
// is for is written here; a room that is not written here is an error, and so is one that is gone. A test holds the picture fresh.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Name, column and row of its place, and what happens there. */
const rooms = [
  ['pipelines', 1.5, 0, 'cli.ts, the one door'],
  ['pipelines/first-steps', 0, 1, 'demo, init, doctor'],
  ['pipelines/night', 1, 1, 'what cron calls'],
  ['pipelines/answers', 2, 1, 'sql, explain, status'],
  ['pipelines/house-keeping', 3, 1, 'forget, restore'],
  ['pipelines/sandbox', 0, 2, 'a simulated API'],
  ['pipelines/extract', 1.35, 2, 'who is due, landing'],
  ['pipelines/store', 3, 2, 'all that outlives a run'],
  ['pipelines/files', 0.7, 3, 'CSV, JSON, Parquet'],
  ['pipelines/sendcloud', 2, 3, 'the API, allow-list'],
  ['pipelines/config', 0, 4, 'flags, env, file'],
  ['pipelines/terminal', 1, 4, 'log, progress, tables'],
  ['queries/explain', 4.1, 2, 'one parcel’s story'],
  ['queries/engines', 4.98, 2, 'what engines differ in'],
  ['queries/generate', 4.85, 3, 'SQL and types, made'],
  ['queries', 4.3, 4, 'models in SQL, build, db'],
  ['reports', 5.95, 0, 'the report'],
  ['reports/pages', 5.95, 1, 'one file a page'],
  ['reports/parts', 5.95, 2, 'tables, sentences'],
  ['reports/browser', 6.9, 2, 'what runs in a page'],
  ['reports/charts', 5.95, 3, 'rows to specs'],
  ['reports/drawing', 6.4, 4, 'theme, scales'],
];
/** Not drawn: every room takes them, or they are the words and types that a house shares. */
const base = new Set(['pipelines', 'reports', 'pipelines/config', 'pipelines/terminal']);

const list = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(join(folder, entry.name)) : [join(folder, entry.name)],
  );
const all = ['pipelines', 'queries', 'reports'].flatMap(list).map((path) => path.replaceAll('\\', '/'));
const files = all.filter((path) => path.endsWith('.ts'));
const roomOf = (path) =>
  path
    .split('/')
    .slice(0, path.split('/').length === 2 ? 1 : 2)
    .join('/');

/** Imports from room to room, with how many there are. */
function countImports() {
  const statement = /^(?:import|export)\s(?:[^'`;=]*\sfrom\s)?'([^']+)';$|\bimport\('([^']+)'\)/gm;
  const counts = new Map();
  for (const from of files) {
    for (const [, named, dynamic] of readFileSync(join(root, from), 'utf8').matchAll(statement)) {
      const to = named ?? dynamic;
      if (!to.startsWith('.')) continue;
      const pair = `${roomOf(from)} ${roomOf(join(dirname(from), to).replaceAll('\\', '/'))}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  return [...counts].map(([pair, count]) => [...pair.split(' '), count]).filter(([from, to]) => from !== to);
}

const found = new Set(files.map(roomOf));
const written = new Set(rooms.map(([name]) => name));
const strangers = [...found].filter((name) => !written.has(name));
if (strangers.length > 0) {
  throw new Error(
    `rooms without a place in the picture: ${strangers.join(', ')}: give each a line in .ci/draw-rooms.mjs`,
  );
}

const [width, height, stepX, stepY, left, top] = [148, 42, 172, 104, 16, 64];
const shown = rooms.filter(([name]) => found.has(name));
const places = new Map(
  shown.map(([name, column, row]) => [name, { x: left + column * stepX, y: top + row * stepY }]),
);
const colours = { pipelines: '#2f6db5', queries: '#2e7d4f', reports: '#a8562a' };
const colourOf = (name) => colours[name.split('/')[0]];
const round = (value) => Math.round(value * 10) / 10;

function drawArrow([from, to, count]) {
  const a = places.get(from);
  const b = places.get(to);
  const [centreA, centreB] = [a.x + width / 2, b.x + width / 2];
  const isLevel = a.y === b.y;
  const isUp = b.y < a.y;
  const sign = Math.sign(centreB - centreA) || 1;
  // Between neighbours of a row from side to side, else from an edge to an edge, a little apart from each other.
  const start = isLevel
    ? { x: centreA + (sign * width) / 2, y: a.y + height / 2 + 8 }
    : { x: centreA + Math.max(-56, Math.min(56, (centreB - centreA) / 5)), y: isUp ? a.y : a.y + height };
  const end = isLevel
    ? { x: centreB - (sign * width) / 2 - sign * 5, y: b.y + height / 2 + 8 }
    : {
        x: centreB - Math.max(-56, Math.min(56, (centreB - centreA) / 5)),
        y: isUp ? b.y + height + 6 : b.y - 6,
      };
  const bend = isLevel ? 0 : (end.y - start.y) / 2;
  const far = isLevel && Math.abs(centreB - centreA) > stepX * 1.3;
  const dip = far ? 40 : 0;
  const path = far
    ? `M${round(centreA)} ${a.y + height} C${round(centreA)} ${a.y + height + dip} ${round(centreB)} ${a.y + height + dip} ${round(centreB)} ${b.y + height + 6}`
    : `M${round(start.x)} ${round(start.y)} C${round(start.x)} ${round(start.y + bend)} ${round(end.x)} ${round(end.y - bend)} ${round(end.x)} ${round(end.y)}`;
  const weight = count < 4 ? 0.9 : count < 13 ? 1.7 : 2.8;
  const house = from.split('/')[0];
  return `<path d="${path}" stroke="${colourOf(from)}" stroke-width="${weight}" marker-end="url(#${house})"><title>${from} imports ${to}</title></path>`;
}

function drawRoom([name, , , purpose]) {
  const { x, y } = places.get(name);
  return `<g transform="translate(${round(x)} ${round(y)})"><rect width="${width}" height="${height}" rx="6" fill="#fff" stroke="${colourOf(name)}" stroke-width="1.4"/>
<text x="${width / 2}" y="17" class="name">${name.replace(/^[a-z]+\//, '')}</text><text x="${width / 2}" y="32">${purpose}</text></g>`;
}

const imports = countImports();
// The one way from the night to the report is drawn all the same.
const isDrawn = ([from, to]) => !base.has(to) || (from === 'pipelines/night' && to === 'reports');
const drawn = imports.filter(isDrawn).sort(([a, b], [c, d]) => `${a} ${b}`.localeCompare(`${c} ${d}`));
const total = { x: left + 7.85 * stepX, y: top + 4 * stepY + height + 62 };
const heads = Object.entries(colours).map(
  ([house, colour]) =>
    `<marker id="${house}" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}" stroke="none"/></marker>`,
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(total.x)} ${round(total.y)}" role="img" aria-label="The rooms of the code: arrows run from a room to those that it imports">
<style>text{font:11px system-ui,sans-serif;text-anchor:middle;fill:#333}.name{font-weight:600;font-size:12px;fill:#111}.house{font-size:15px;font-weight:600;text-anchor:start}.note{text-anchor:start;fill:#555}</style>
<defs>${heads.join('')}</defs>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="28" class="house" style="fill:${colours.pipelines}">pipelines: data comes in</text>
<text x="${left + 4 * stepX}" y="28" class="house" style="fill:${colours.queries}">queries: tables become answers</text>
<text x="${left + 5.95 * stepX}" y="28" class="house" style="fill:${colours.reports}">reports: pages</text>
<g fill="none" opacity="0.75">
${drawn.map(drawArrow).join('\n')}
</g>
${shown.map(drawRoom).join('\n')}
<text x="16" y="${round(total.y - 16)}" class="note">An arrow runs from a room to one that it imports; the more imports, the thicker. Not drawn: the ways to config and terminal, and to the words and types at the top of pipelines and reports.</text>
</svg>
`;
const place = join(root, 'docs', 'rooms.svg');
if (process.argv[2] === '--check') {
  if (readFileSync(place, 'utf8') !== svg) {
    process.stderr.write('docs/rooms.svg is not what the imports say: node .ci/draw-rooms.mjs\n');
    process.exit(1);
  }
} else writeFileSync(place, svg);
