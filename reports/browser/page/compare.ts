import { deliveryTypeWords, formatCount, formatNumber, formatRate } from '../../words.js';
import {
  type Choice,
  choiceKeys,
  isHourMeasure,
  listValues,
  nameLane,
  readAddress,
  writeAddress,
} from '../choice.js';
import { writeChoiceSql } from '../choice-sql.js';
import { drawPair } from '../compare-charts.js';
import { type CompareData, unpack } from '../compare-data.js';
import { type CompareFigures, reckon } from '../compare-figures.js';
import {
  nameCarrier,
  sayBrand,
  sayFigures,
  sayLane,
  sayMeasure,
  sayService,
  saySize,
} from '../compare-words.js';
import { listFigures } from '../figures-json.js';
import { type IsoWeek, listPresets, listWeeks } from '../iso-weeks.js';
import { drawChart } from './draw-chart.js';
import { canInflate, inflate } from './inflate.js';

// Head to head: what is chosen is reckoned here, from the counts in compare-data.js; every text is set as text, nothing is fetched.

declare const compareData: string;
declare const compareCharts: string;

type Templates = Record<'wide' | 'narrow', { width: number; charts: Record<'weeks' | 'curve', unknown> }>;
type SelectKey = (typeof choiceKeys)[number];

const lanesShown = 8;

function find<Found extends Element = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as Found;
}

function make(name: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

interface Page {
  data: CompareData;
  weeks: IsoWeek[];
  templates: Templates;
  choice: Choice;
}

/** The words of an option. */
function sayOption(
  key: SelectKey,
  value: string,
  { data: { frame }, weeks }: Pick<Page, 'data' | 'weeks'>,
): string {
  if (key === 'carrier') return nameCarrier(frame, value);
  if (key === 'against') return value === '*' ? 'All other carriers' : nameCarrier(frame, value);
  if (key === 'measure') return sayMeasure(value, frame);
  if (key === 'from' || key === 'to') {
    const week = weeks.find(({ name }) => name === value);
    return week ? `${value} (${key === 'from' ? week.monday : week.sunday})` : value;
  }
  if (value === '*') return { lane: 'All lanes', type: 'All', service: 'All', brand: 'All' }[key];
  if (key === 'lane') return sayLane(value, frame);
  if (key === 'type') return deliveryTypeWords(value);
  return key === 'service' ? sayService(value) : sayBrand(value);
}

const selectOf = (key: SelectKey) => find<HTMLSelectElement>(`choose-${key}`);

function fillForm(page: Page): void {
  const values = listValues(page.data.frame, page.weeks);
  for (const key of choiceKeys) {
    const options = key === 'from' || key === 'to' ? [...values[key]].reverse() : values[key];
    selectOf(key).replaceChildren(
      ...options.map((value) => {
        const option = document.createElement('option');
        option.value = value;
        option.textContent = sayOption(key, value, page);
        return option;
      }),
    );
  }
  const presets = listPresets(page.weeks, page.data.frame.lastWholeWeek);
  find('presets').replaceChildren(
    ...presets.map(({ label, range }) => {
      const button = make('button', label) as HTMLButtonElement;
      button.type = 'button';
      button.dataset.range = `${range.from} ${range.to}`;
      button.addEventListener('click', () => choose(page, { ...page.choice, ...range }));
      return button;
    }),
  );
}

/** Sets the form to the choice; what has one answer only, or none that the carrier has, is not offered. */
function showForm({ choice, weeks, data }: Page): void {
  for (const key of choiceKeys) {
    const value = key === 'from' || key === 'to' ? (weeks[choice[key]]?.name ?? '') : choice[key];
    selectOf(key).value = value;
  }
  for (const option of selectOf('against').options) option.disabled = option.value === choice.carrier;
  const served = listServed(data, choice.carrier);
  for (const option of selectOf('lane').options)
    option.hidden = option.value !== '*' && option.value !== choice.lane && !served.has(option.value);
  for (const key of ['type', 'service', 'brand'] as const) {
    const field = selectOf(key).closest<HTMLElement>('.field');
    if (field) field.hidden = selectOf(key).options.length <= 2 && choice[key] === '*';
  }
  for (const button of find('presets').querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.range === `${choice.from} ${choice.to}`));
}

function listServed({ frame, rows }: CompareData, carrier: string): Set<string> {
  const place = frame.carriers.findIndex(({ code }) => code === carrier);
  const served = new Set<number>();
  for (let row = 0; row < rows.count; row += 1)
    if (rows.index.carrier[row] === place) served.add(rows.index.lane[row] ?? 0);
  return new Set([...served].map((lane) => nameLane(frame.lanes[lane] ?? ['', ''])));
}

function readForm({ weeks }: Page): Choice {
  const read = (key: SelectKey) => selectOf(key).value;
  const placeOf = (key: 'from' | 'to') =>
    Math.max(
      0,
      weeks.findIndex(({ name }) => name === read(key)),
    );
  const choice = {
    carrier: read('carrier'),
    against: read('against'),
    lane: read('lane'),
    type: read('type'),
    service: read('service'),
    brand: read('brand'),
    measure: read('measure'),
    from: placeOf('from'),
    to: placeOf('to'),
  };
  return choice.against === choice.carrier ? { ...choice, against: '*' } : choice;
}

/** Takes a choice: address, figures, words, drawings. */
async function choose(page: Page, choice: Choice, remarks: readonly string[] = []): Promise<void> {
  page.choice = choice.from > choice.to ? { ...choice, from: choice.to, to: choice.from } : choice;
  history.replaceState(null, '', writeAddress(page.choice, page.weeks));
  showForm(page);
  const figures = reckon(page.data, page.choice);
  showWords(page, figures, remarks);
  showLanes(page, figures);
  showEvidence(page);
  await showCharts(page, figures);
  // last, so that whoever waits for it finds the whole page
  find('figures').textContent = JSON.stringify(
    listFigures(figures, page.weeks, page.data.frame.thresholds.withheldBelow),
  );
}

function showWords(
  { data: { frame }, weeks }: Page,
  figures: CompareFigures,
  remarks: readonly string[],
): void {
  const words = sayFigures(figures, frame, weeks);
  find('answer-title').textContent = words.title;
  find('answer-subject').textContent = words.subject;
  find('answer-sentence').textContent = words.sentence;
  find('answer-remarks').replaceChildren(...[...remarks, ...words.remarks].map((text) => make('p', text)));
  find('answer-address').textContent = `compare.html${location.hash}`;
}

function showLanes({ data: { frame } }: Page, { choice, lanes, comparison }: CompareFigures): void {
  const section = find('lanes');
  const compared = lanes.filter(({ comparison: each }) => each.n > 0);
  section.hidden = isHourMeasure(choice.measure) || compared.length === 0;
  if (section.hidden) return;
  const { locale, thresholds } = frame;
  const isFew = (n: number) => n < thresholds.withheldBelow;
  const shown = compared.filter(({ comparison: { n } }) => !isFew(n)).slice(0, lanesShown);
  const rest = lanes.filter((lane) => !shown.includes(lane));
  const most = Math.max(...shown.map(({ comparison: { extra } }) => Math.abs(extra ?? 0)), 0);
  const sign = (value: number) => `${value > 0 ? '+' : ''}${formatNumber(value, 1, locale)}`;
  const rows = shown.map(({ lane, comparison: { n, own, others, extra, difference, lo, hi } }) => {
    const row = document.createElement('tr');
    const name = make('th', sayLane(lane, frame));
    name.setAttribute('scope', 'row');
    const bar = make('td', '', 'num');
    const size = most > 0 ? Math.abs(extra ?? 0) / most : 0;
    const meter = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    meter.setAttribute('class', 'meter');
    meter.setAttribute('viewBox', '0 0 100 8');
    meter.setAttribute('preserveAspectRatio', 'none');
    meter.setAttribute('aria-hidden', 'true');
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    for (const [key, value] of Object.entries({
      x: (extra ?? 0) < 0 ? 50 - size * 50 : 50,
      y: 0,
      width: size * 50,
      height: 8,
    }))
      rect.setAttribute(key, String(value));
    meter.append(rect);
    bar.append(make('span', sign(extra ?? 0)), meter);
    row.append(
      name,
      make('td', formatCount(n, locale), 'num'),
      make('td', formatRate(own, locale), 'num'),
      make('td', formatRate(others, locale), 'num'),
      make(
        'td',
        difference === null || lo === null || hi === null ? '' : saySize(difference, lo, hi, locale),
        'num',
      ),
      bar,
    );
    return row;
  });
  find('lanes-body').replaceChildren(...rows);
  const few = rest.filter(({ comparison: { n } }) => n > 0 && isFew(n));
  const alone = rest.filter(({ comparison: { n } }) => n === 0);
  const more = rest.length - few.length - alone.length;
  const say = (count: number, words: string) => (count > 0 ? `${formatCount(count, locale)} ${words}` : '');
  const notes = [
    say(more, `more ${more === 1 ? 'lane' : 'lanes'} with smaller sums`),
    say(few.length, `with fewer than ${thresholds.withheldBelow} parcels compared`),
    say(alone.length, `where no other carrier has ${thresholds.othersFrom} parcels of the kind`),
  ].filter(Boolean);
  find('lanes-rest').textContent =
    `All lanes: ${sign(comparison.extra ?? 0)} parcels.${notes.length > 0 ? ` Not shown: ${notes.join('; ')}.` : ''}`;
}

function showEvidence({ data: { frame }, weeks, choice }: Page): void {
  const { parcels, counts, isCut } = writeChoiceSql(choice, frame, weeks);
  find('sql-parcels').textContent =
    parcels ??
    `-- the answers of single parcels are published from ${frame.windowStartDate} on; these weeks lie before`;
  find('sql-counts').textContent = counts;
  find('sql-note').textContent = isCut
    ? `Single parcels are published from ${frame.windowStartDate} on: of these weeks the list begins there. The counts reach back further.`
    : 'The list is of exactly the parcels behind the figure.';
  const files = [choice.carrier, ...(choice.against === '*' ? [] : [choice.against])].flatMap((code) => {
    const file = frame.carriers.find((carrier) => carrier.code === code)?.file;
    return file ? [{ file, name: nameCarrier(frame, code) }] : [];
  });
  find('evidence-files').replaceChildren(
    ...files.map(({ file, name }) => {
      const link = make('a', `Parcels of ${name} (CSV)`) as HTMLAnchorElement;
      link.href = file;
      link.download = '';
      return link;
    }),
  );
}

let drawing = 0;

async function showCharts(page: Page, figures: CompareFigures): Promise<void> {
  drawing += 1;
  const own = drawing;
  const widths = Object.entries(page.templates) as [keyof Templates, Templates['wide']][];
  for (const [width, template] of widths) {
    const charts = drawPair(figures, page.data.frame, page.weeks, template.width);
    for (const [name, chart] of Object.entries(charts)) {
      const key = name as keyof typeof charts;
      const drawn =
        chart.spec === null ? null : await drawChart(template.charts[key], chart, `${key}-${width}`);
      // somebody chose anew meanwhile
      if (own !== drawing) return;
      const holder = find(`${key}-${width}`);
      for (const title of drawn?.querySelectorAll('title') ?? []) {
        const mark = title.parentElement as unknown as SVGElement | null;
        // report.js shows it beside the pointer
        if (mark) mark.dataset.tip = title.textContent ?? '';
        title.remove();
      }
      holder.replaceChildren(...(drawn ? [drawn] : [make('p', chart.empty ?? '', 'empty')]));
      if (width !== 'wide') continue;
      find(`${key}-title`).textContent = chart.title;
      find(`${key}-units`).textContent = chart.spec ? chart.units : '';
      find(`${key}-how`).textContent = chart.howToRead;
    }
  }
  find('weeks-mix').textContent = isHourMeasure(figures.choice.measure)
    ? 'Each as it is: the mix may differ.'
    : sayMix(figures.areWeeksShared);
  find('curve-mix').textContent = sayMix(figures.areCurvesShared);
}

const sayMix = (isShared: boolean) =>
  isShared
    ? 'Both on the kinds of parcels that both have, as counted there: the lines are not weighted, the sentence above is.'
    : 'Each as it is: they have no kind of parcel in common, so the lines cannot be set against each other.';

async function start(): Promise<void> {
  const fail = (text: string) => {
    find('answer-sentence').textContent = text;
  };
  if (typeof compareData !== 'string' || typeof compareCharts !== 'string')
    return fail('The file compare-data.js belongs to this page and is not beside it: copy the whole folder.');
  if (!canInflate())
    return fail(
      'This browser is too old for this page; one of 2023 or later opens it. The other pages need no script.',
    );
  const data = unpack(await inflate(compareData));
  const templates = JSON.parse(await inflate(compareCharts)) as Templates;
  const weeks = listWeeks(data.frame.firstMonday, data.frame.weekCount);
  const { choice, remarks } = readAddress(location.hash, data.frame, weeks);
  const page: Page = { data, weeks, templates, choice };
  fillForm(page);
  find('compare').hidden = false;
  find('waiting').hidden = true;
  for (const key of choiceKeys) selectOf(key).addEventListener('change', () => choose(page, readForm(page)));
  addEventListener('hashchange', () => {
    const read = readAddress(location.hash, data.frame, weeks);
    void choose(page, read.choice, read.remarks);
  });
  await choose(page, choice, remarks);
}

void start();
