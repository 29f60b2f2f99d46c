import { formatDate } from '../../words.js';
import { type Choice, isHourMeasure, readAddress, writeAddress } from '../choice.js';
import { writeChoiceSql } from '../choice-sql.js';
import { drawPair } from '../compare-charts.js';
import { unpack } from '../compare-data.js';
import { type CompareFigures, reckon } from '../compare-figures.js';
import { nameCarrier, sayFigures } from '../compare-words.js';
import { listFigures } from '../figures-json.js';
import { listWeeks } from '../iso-weeks.js';
import { drawChart } from './draw-chart.js';
import { find, make } from './elements.js';
import { fillForm, type Offer, showForm } from './form.js';
import { canInflate, inflate } from './inflate.js';
import { showLanes } from './lane-rows.js';

// Head to head: what is chosen is reckoned here, from the counts in compare-data.js; every text is set as text, nothing is fetched.

declare const compareData: string;
declare const compareCharts: string;

type Templates = Record<'wide' | 'narrow', { width: number; charts: Record<'weeks' | 'curve', unknown> }>;
/** As media.css has it. */
const narrowScreen = '(max-width: 640px)';

interface Page extends Offer {
  templates: Templates;
  choice: Choice;
}

/** Takes a choice: address, figures, words, drawings. */
async function choose(page: Page, choice: Choice, remarks: readonly string[] = []): Promise<void> {
  const startMs = performance.now();
  page.choice = choice.from > choice.to ? { ...choice, from: choice.to, to: choice.from } : choice;
  history.replaceState(null, '', writeAddress(page.choice, page.weeks));
  showForm(page, page.choice);
  const figures = reckon(page.data, page.choice);
  showWords(page, figures, remarks);
  showLanes(page.data.frame, figures);
  showEvidence(page);
  await showCharts(page, figures);
  performance.measure('choice', { start: startMs });
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

function showEvidence({ data: { frame }, weeks, choice }: Page): void {
  const { parcels, counts, isCut } = writeChoiceSql(choice, frame, weeks);
  find('sql-parcels').textContent =
    parcels ??
    `-- the answers of single parcels are published from ${frame.windowStartDate} on; these weeks lie before`;
  find('sql-counts').textContent = counts;
  find('sql-note').textContent = isCut
    ? `Single parcels are published from ${formatDate(frame.windowStartDate, frame.locale)} on: of these weeks the list begins there. The counts reach back further.`
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
  find('weeks-mix').textContent = isHourMeasure(figures.choice.measure)
    ? 'Each as it is, not like with like: the lanes may differ.'
    : sayMix(figures.areWeeksShared);
  find('curve-mix').textContent = sayMix(figures.areCurvesShared);
  const [seen, unseen] = matchMedia(narrowScreen).matches
    ? (['narrow', 'wide'] as const)
    : (['wide', 'narrow'] as const);
  const isCurrent = () => own === drawing;
  await showWidth(page, figures, seen, isCurrent);
  // the other one is for paper, or for a screen that is turned
  setTimeout(() => void showWidth(page, figures, unseen, isCurrent));
}

async function showWidth(
  { data: { frame }, weeks, templates }: Page,
  figures: CompareFigures,
  width: keyof Templates,
  isCurrent: () => boolean,
): Promise<void> {
  const template = templates[width];
  const charts = drawPair(figures, frame, weeks, template.width);
  for (const key of ['weeks', 'curve'] as const) {
    const chart = charts[key];
    const drawn =
      chart.spec === null ? null : await drawChart(template.charts[key], chart, `${key}-${width}`);
    if (!isCurrent()) return;
    for (const title of drawn?.querySelectorAll('title') ?? []) {
      const mark = title.parentElement as unknown as SVGElement | null;
      // report.js shows it beside the pointer
      if (mark) mark.dataset.tip = title.textContent ?? '';
      title.remove();
    }
    find(`${key}-${width}`).replaceChildren(...(drawn ? [drawn] : [make('p', chart.empty ?? '', 'empty')]));
    find(`${key}-title`).textContent = chart.title;
    find(`${key}-units`).textContent = chart.spec ? chart.units : '';
    find(`${key}-how`).textContent = chart.howToRead;
  }
}

const sayMix = (isShared: boolean) =>
  isShared
    ? 'Like with like: only what both have, lane by lane, delivery type and service level, the others weighted as the carrier’s parcels are.'
    : 'Each as it is: they have no kind of parcel in common, so the lines cannot be set against each other.';

async function start(): Promise<void> {
  const fail = (text: string) => {
    find('waiting').textContent = text;
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
  fillForm(page, (change) => void choose(page, change(page.choice)));
  find('compare').hidden = false;
  find('waiting').hidden = true;
  addEventListener('hashchange', () => {
    const read = readAddress(location.hash, data.frame, weeks);
    void choose(page, read.choice, read.remarks);
  });
  await choose(page, choice, remarks);
}

void start();
