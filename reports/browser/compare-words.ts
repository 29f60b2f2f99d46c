import {
  deliveryTypeWords,
  formatCount,
  formatDateRange,
  formatHoursInterval,
  formatInterval,
  formatNumber,
  formatRate,
} from '../words.js';
import { type Choice, hourMeasures, isHourMeasure, nameLane } from './choice.js';
import type { CompareFrame } from './compare-data.js';
import type { CompareFigures, PercentileFigures } from './compare-figures.js';
import { type IsoWeek, isComplete } from './iso-weeks.js';

/** What the page says of a choice. */
export interface CompareWords {
  /** The subject, no finding: a choice of one's own passes no gate. */
  title: string;
  /** The choice in words. */
  subject: string;
  /** The answer: difference, interval, n, share comparable; or why there is none. */
  sentence: string;
  /** What else is to be known, a sentence each. */
  remarks: string[];
}

export const othersCode = '~others';

export function nameCarrier(frame: CompareFrame, code: string): string {
  if (code === '*' || code === othersCode) return 'All others';
  return frame.carriers.find((carrier) => carrier.code === code)?.name || code || 'Unknown carrier';
}

export function sayLane(lane: string, frame: CompareFrame): string {
  const found = frame.lanes.find((each) => nameLane(each) === lane);
  if (!found) return lane;
  return found[0] === '*' ? 'all small lanes' : `${found[0] || 'unknown'} to ${found[1] || 'unknown'}`;
}

export function sayService(service: string): string {
  return service === 'unknown' ? 'not known' : service;
}

export function sayBrand(brand: string): string {
  return brand === '-1' ? 'no brand' : `brand ${brand}`;
}

export function sayMeasure(measure: string, frame: CompareFrame): string {
  if (isHourMeasure(measure)) return hourMeasures[measure].title;
  return frame.metrics.find(({ name }) => name === measure)?.title ?? measure;
}

/** '6.0 points lower', and its limits: '8.1 to 3.9' on its side, '2.1 lower to 3.9 higher' where they lie on both. */
export function saySize(
  difference: number,
  lo: number,
  hi: number,
  locale: string,
): { size: string; limits: string } {
  const points = (value: number) => formatNumber(Math.abs(value) * 100, 1, locale);
  const word = (value: number) => (value < 0 ? 'lower' : 'higher');
  const [near, far] = hi <= 0 ? [hi, lo] : [lo, hi];
  const isOneSided = lo >= 0 || hi <= 0;
  const size = points(difference);
  return {
    size: /[1-9]/.test(size) ? `${size} points ${word(difference)}` : `${size} points apart`,
    limits: isOneSided
      ? `${points(near)} to ${points(far)}`
      : `${points(lo)} ${word(lo)} to ${points(hi)} ${word(hi)}`,
  };
}

function sayPercentile(side: PercentileFigures, which: 'p50' | 'p90', locale: string): string {
  const { hours, lo, hi } = side[which];
  if (hours === null) return `not reached (${formatRate(side.reached, locale)} after 14 days)`;
  return formatHoursInterval(hours, lo, hi, locale);
}

function sayChoice(choice: Choice, frame: CompareFrame, weeks: readonly IsoWeek[]): string {
  const [first, last] = [weeks[choice.from], weeks[choice.to]];
  const count = choice.to - choice.from + 1;
  const parts = [
    choice.lane === '*' ? 'all lanes' : sayLane(choice.lane, frame),
    choice.type === '*' ? null : deliveryTypeWords(choice.type),
    choice.service === '*' ? null : `service ${sayService(choice.service)}`,
    choice.brand === '*' ? null : sayBrand(choice.brand),
    choice.account === '*' ? null : `account ${choice.account}`,
    `${formatDateRange(first?.monday, last?.sunday, frame.locale)} (${first?.name}${count === 1 ? '' : ` to ${last?.name}`}, ${formatCount(count, frame.locale)} ${count === 1 ? 'week' : 'weeks'})`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

const looks =
  'This choice is your own, one look among many: its interval is a plain 95 % one, and it did not pass the stricter test that stands behind the statements of the other pages. Of twenty such choices one differs by chance alone.';

/** Title, sentence and remarks of a choice; nothing is said of a difference where METRICS' rules withhold it. */
export function sayFigures(
  figures: CompareFigures,
  frame: CompareFrame,
  weeks: readonly IsoWeek[],
): CompareWords {
  const { choice } = figures;
  const own = nameCarrier(frame, choice.carrier);
  const others = choice.against === '*' ? 'all other carriers' : nameCarrier(frame, choice.against);
  const title = `${own} against ${others}: ${sayMeasure(choice.measure, frame)}`;
  const subject = sayChoice(choice, frame, weeks);
  const young = sayYoung(figures, frame, weeks);
  if (isHourMeasure(choice.measure))
    return {
      title,
      subject,
      sentence: sayHours(figures, frame, own),
      remarks: [...sayBins(frame), ...young],
    };
  const { sentence, isCompared } = sayRate(figures, frame, own, others);
  const remarks = isCompared ? [looks, ...young] : young;
  return { title, subject, sentence, remarks };
}

function sayYoung(
  { choice, metric }: CompareFigures,
  frame: CompareFrame,
  weeks: readonly IsoWeek[],
): string[] {
  const open = weeks
    .slice(choice.from, choice.to + 1)
    .filter((week) => !isComplete(week, frame.asOfDate, metric?.completeAfterDays ?? 14));
  if (open.length === 0) return [];
  const named =
    open.length === 1
      ? `The week ${open[0]?.name} is`
      : `The weeks ${open[0]?.name} to ${open.at(-1)?.name} are`;
  return [`${named} not yet complete: these figures will still move.`];
}

function sayBins({ binHours }: CompareFrame): string[] {
  return [
    `Times are read from bins of ${binHours === 1 ? 'one hour' : `${binHours} hours`}: a figure is the end of its bin. They are not set against each other in words: no figure here says whether the mix is alike.`,
  ];
}

function sayHours(figures: CompareFigures, frame: CompareFrame, own: string): string {
  const { choice, percentiles } = figures;
  if (!percentiles || !isHourMeasure(choice.measure)) return '';
  const { event, since } = hourMeasures[choice.measure];
  const { n } = percentiles.own;
  if (n === 0) return `No parcel of ${own} was followed in this choice.`;
  if (n < frame.thresholds.withheldBelow)
    return `Too few: ${formatCount(n, frame.locale)} parcels of ${own} in this choice, and a figure needs ${frame.thresholds.withheldBelow}.`;
  const { locale } = frame;
  return `${own}: half of ${formatCount(n, locale)} parcels ${event} within ${sayPercentile(percentiles.own, 'p50', locale)} of ${since}, 9 in 10 within ${sayPercentile(percentiles.own, 'p90', locale)}.`;
}

function sayRate(
  figures: CompareFigures,
  frame: CompareFrame,
  own: string,
  others: string,
): { sentence: string; isCompared: boolean } {
  const { comparison, rate, doubt, otherDoubt } = figures;
  const { locale, thresholds } = frame;
  const no = (sentence: string) => ({ sentence, isCompared: false });
  if (doubt) return no(`${own}: ${doubt.words}, ${doubt.why}.`);
  const count = (value: number) => formatCount(value, locale);
  if (figures.own.n === 0) return no(`No parcel of ${own} is asked by this measure in this choice.`);
  if (figures.own.n < thresholds.withheldBelow)
    return no(
      `Too few: ${count(figures.own.n)} ${figures.own.n === 1 ? 'parcel' : 'parcels'} of ${own} in this choice, and a figure needs ${thresholds.withheldBelow}.`,
    );
  const said = `${own}: ${count(figures.own.x)} of ${count(figures.own.n)} parcels, ${formatInterval(rate.rate, rate.lo, rate.hi, locale)}.`;
  if (otherDoubt) return no(`${said} Not compared: ${others} ${otherDoubt.words}, ${otherDoubt.why}.`);
  const { difference, lo, hi, n, otherN, share, extra } = comparison;
  const comparable = `${count(n)} of its parcels (${formatRate(share, locale)}) and ${count(otherN)} of the others’ can be compared`;
  if (!comparison.isComparable || difference === null || lo === null || hi === null || extra === null)
    return no(
      `Not enough to compare with ${others}: ${comparable}; it takes ${thresholds.rankedFrom} on either side and ${formatNumber(thresholds.supportFrom * 100, 0, locale)} % of its own. ${said}`,
    );
  const { size, limits } = saySize(difference, lo, hi, locale);
  const chance = lo <= 0 && hi >= 0 ? 'within chance' : 'more than chance gives in one look';
  const parcels = formatNumber(Math.abs(extra), 1, locale);
  return {
    sentence:
      `${own}: ${size} than ${others}, like with like (${limits}); ${chance}. ` +
      `${formatRate(comparison.own, locale)} against ${formatRate(comparison.others, locale)}: ${parcels} parcels ${extra < 0 ? 'fewer' : 'more'} than they would have had; ${comparable}. As counted, ${said}`,
    isCompared: true,
  };
}
