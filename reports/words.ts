/** How numbers, dates and codes read, in charts and on pages alike. Every function is pure; `locale` (BCP 47) sets digits and month names. */

export const defaultLocale = 'en-GB';
const hoursShownUpTo = 72;

/** A number with as many decimals as told. A minus is a real minus; zero has none. */
export function formatNumber(value: number, decimals = 0, locale = defaultLocale): string {
  const text = numberFormat(decimals, locale).format(value);
  return text.replace('-', '\u2212');
}

// building one takes longer than all that it will ever format
const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function remember<T>(formats: Map<string, T>, key: string, make: () => T): T {
  const format = formats.get(key) ?? make();
  formats.set(key, format);
  return format;
}

function numberFormat(decimals: number, locale: string): Intl.NumberFormat {
  return remember(
    numberFormats,
    `${locale} ${decimals}`,
    () =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
        signDisplay: 'negative',
      }),
  );
}

/** A count in few characters: 950, 1.2k, 35k, 2m. By hand, since what Intl makes of it differs from one Node to the next (1K, 1k). */
export function formatShortCount(count: number, locale: string): string {
  const [divisor, unit] = count < 999.5 ? [1, ''] : count < 999_500 ? [1000, 'k'] : [1_000_000, 'm'];
  const scaled = count / divisor;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: divisor > 1 && scaled < 9.95 ? 1 : 0 }).format(scaled)}${unit}`;
}

/** 12345 as '12,345'. */
export function formatCount(count: number, locale = defaultLocale): string {
  return formatNumber(count, 0, locale);
}

/** A rate of 0 to 1 as '91.2 %'. What is not quite none or all never reads as 0.0 or 100.0 %. */
export function formatRate(rate: number | null | undefined, locale = defaultLocale): string {
  if (!isNumber(rate)) return 'no figure';
  if (rate > 0 && rate < 0.0005) return `under ${formatNumber(0.1, 1, locale)} %`;
  if (rate < 1 && rate >= 0.9995) return `over ${formatNumber(99.9, 1, locale)} %`;
  return `${formatNumber(rate * 100, 1, locale)} %`;
}

/** An agreed share as it was agreed: '95 %', '97.5 %', '0.25 %'. */
export function formatAgreed(share: number, locale = defaultLocale): string {
  const percent = share * 100;
  const decimals = [0, 1, 2].find((each) => Math.abs(percent - Number(percent.toFixed(each))) < 1e-6) ?? 3;
  return `${formatNumber(percent, decimals, locale)} %`;
}

/** A rate with its 95 % interval: '91.2 % (90.1 to 92.2)'. */
export function formatInterval(
  rate: number | null | undefined,
  lo: number | null | undefined,
  hi: number | null | undefined,
  locale = defaultLocale,
): string {
  if (!isNumber(rate) || !isNumber(lo) || !isNumber(hi)) return formatRate(rate, locale);
  return `${formatRate(rate, locale)} (${formatNumber(lo * 100, 1, locale)} to ${formatNumber(hi * 100, 1, locale)})`;
}

/** Hours as '43 h' up to 72, then days as '3.4 days'. */
export function formatHours(hours: number | null | undefined, locale = defaultLocale): string {
  if (!isNumber(hours)) return 'not reached';
  if (inDays(hours)) return `${formatNumber(hours / 24, 1, locale)} days`;
  return hours > 0 && hours < 0.5 ? 'under 1 h' : `${formatNumber(hours, 0, locale)} h`;
}

/** Hours with their 95 % interval, both in the unit of the value: '43 h (41 to 46)'. A limit that is not reached is said. */
export function formatHoursInterval(
  hours: number | null | undefined,
  lo: number | null | undefined,
  hi: number | null | undefined,
  locale = defaultLocale,
): string {
  if (!isNumber(hours)) return formatHours(hours, locale);
  const days = inDays(hours);
  const limit = (value: number | null | undefined) =>
    isNumber(value) ? formatNumber(days ? value / 24 : value, days ? 1 : 0, locale) : null;
  const [from, to] = [limit(lo), limit(hi)];
  if (from === null) return formatHours(hours, locale);
  return `${formatHours(hours, locale)} (${to === null ? `${from} or more` : `${from} to ${to}`})`;
}

/** A percentile that may lie past the end of the curve: '3.4 days', or 'not reached (93.1 % ever attempted)'. */
export function formatPercentile(
  hours: number | null | undefined,
  reachedShare: number | null | undefined,
  locale = defaultLocale,
): string {
  if (isNumber(hours) || !isNumber(reachedShare)) return formatHours(hours, locale);
  return `not reached (${formatRate(reachedShare, locale)} ever attempted)`;
}

/** The size of a change with its direction: rates in points ('up 1.4 points'), hours as a duration ('down 3 h'). */
export function formatDifference(
  difference: number | null | undefined,
  unit: 'rate' | 'hours',
  locale = defaultLocale,
): string {
  if (!isNumber(difference)) return 'not comparable';
  const size = Math.abs(difference);
  const text =
    unit === 'rate'
      ? `${formatNumber(size * 100, 1, locale)} points`
      : inDays(size)
        ? formatHours(size, locale)
        : `${formatNumber(size, size < 10 ? 1 : 0, locale)} h`;
  if (!/[1-9]/.test(text)) return 'unchanged';
  return `${difference > 0 ? 'up' : 'down'} ${text}`;
}

/** A rate in parcels: '1 in 12 parcels', '9 in 10 parcels'. */
export function formatOneIn(rate: number | null | undefined, locale = defaultLocale): string {
  if (!isNumber(rate)) return 'no figure';
  if (rate <= 0) return 'no parcel';
  if (rate >= 1) return 'every parcel';
  if (rate < 1 / 10_000) return `fewer than 1 in ${formatCount(10_000, locale)} parcels`;
  if (rate <= 0.34) return `1 in ${formatCount(Math.round(1 / rate), locale)} parcels`;
  if (Math.round(rate * 10) === 5) return '1 in 2 parcels';
  if (rate <= 0.95) return `${Math.round(rate * 10)} in 10 parcels`;
  return `${Math.min(99, Math.round(rate * 100))} in 100 parcels`;
}

/** '3 Nov 2026' for a date (YYYY-MM-DD) or an instant (ISO 8601), read in UTC. */
export function formatDate(date: string | Date | null | undefined, locale = defaultLocale): string {
  const instant = toInstant(date);
  return instant === null
    ? 'no date'
    : [day(instant, locale), month(instant, locale), year(instant)].join(' ');
}

/** '3 Nov', where the year stands beside it. */
export function formatDayMonth(date: string | Date | null | undefined, locale = defaultLocale): string {
  const instant = toInstant(date);
  return instant === null ? 'no date' : `${day(instant, locale)} ${month(instant, locale)}`;
}

/** 'Nov', or 'Nov 2026' with the year. */
export function formatMonth(
  date: string | Date | null | undefined,
  withYear = false,
  locale = defaultLocale,
): string {
  const instant = toInstant(date);
  if (instant === null) return 'no date';
  return withYear ? `${month(instant, locale)} ${year(instant)}` : month(instant, locale);
}

/** 'Tue 3 Nov 2026, 04:12 UTC'. */
export function formatInstant(at: string | Date | null | undefined, locale = defaultLocale): string {
  const instant = toInstant(at);
  if (instant === null) return 'no date';
  const weekday = name(instant, { weekday: 'short' }, locale);
  return `${weekday} ${formatDate(instant, locale)}, ${instant.toISOString().slice(11, 16)} UTC`;
}

/** '4 Aug to 2 Nov 2026'; both years where they differ. */
export function formatDateRange(
  from: string | Date | null | undefined,
  to: string | Date | null | undefined,
  locale = defaultLocale,
): string {
  const [first, last] = [toInstant(from), toInstant(to)];
  if (first === null || last === null) return 'no date';
  const short = year(first) === year(last);
  return `${short ? formatDayMonth(first, locale) : formatDate(first, locale)} to ${formatDate(last, locale)}`;
}

/** The name of ISO weekday 1 (Monday) to 7, short or long. */
export function formatWeekday(
  isoWeekday: number,
  width: 'short' | 'long' = 'short',
  locale = defaultLocale,
): string {
  // 1 January 2024 was a Monday
  return name(new Date(Date.UTC(2024, 0, isoWeekday)), { weekday: width }, locale);
}

/** 'A', 'A and B', 'A, B and C'. */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** A status code by the words that the snapshot has for it: 'in_delivery' as 'out for delivery'; one that it lacks keeps its own. */
export function statusWords(words: ReadonlyMap<string, string>, code: string | null | undefined): string {
  if (code === null || code === undefined || code === '') return 'unknown';
  return words.get(code) ?? code.replaceAll('_', ' ');
}

/** Whose an exception is: 'carrier' as 'the carrier’s'. */
export function exceptionGroupWords(group: string | null | undefined): string {
  return fromWords(exceptionGroupNames, group);
}

/** 'service_point' as 'pick-up point'. */
export function deliveryTypeWords(type: string | null | undefined): string {
  return fromWords(deliveryTypeNames, type);
}

/** A carrier's name from the code, '*' as 'All carriers'; a carrier without a name keeps its code. */
export function carrierName(
  carriers: readonly { code: string; name: string }[],
  code: string | null | undefined,
): string {
  if (code === '*') return 'All carriers';
  if (code === null || code === undefined || code === '') return 'unknown carrier';
  return carriers.find((carrier) => carrier.code === code)?.name || code;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Decided on the rounded hours, so that 72.3 h still reads '72 h'. */
function inDays(hours: number): boolean {
  return Math.round(hours) > hoursShownUpTo;
}

/** Text without a zone is UTC, as every instant of the tables is. */
function toInstant(value: string | Date | null | undefined): Date | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value;
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(value);
  if (match === null) return null;
  const instant = new Date(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

function name(instant: Date, options: Intl.DateTimeFormatOptions, locale: string): string {
  // British English has 'Sept'; three letters align
  const names = locale.startsWith('en') ? 'en-US' : locale;
  const make = () => new Intl.DateTimeFormat(names, { ...options, timeZone: 'UTC' });
  return remember(dateFormats, `${names} ${JSON.stringify(options)}`, make).format(instant);
}

function day(instant: Date, locale: string): string {
  return numberFormat(0, locale).format(instant.getUTCDate());
}

function month(instant: Date, locale: string): string {
  return name(instant, { month: 'short' }, locale);
}

function year(instant: Date): string {
  return String(instant.getUTCFullYear());
}

function fromWords(words: Readonly<Record<string, string>>, code: string | null | undefined): string {
  if (code === null || code === undefined || code === '') return 'unknown';
  return Object.hasOwn(words, code) ? (words[code] ?? code) : code.replaceAll('_', ' ');
}

/** Codes of the tables as readers know them. */
const exceptionGroupNames: Readonly<Record<string, string>> = {
  '*': 'any exception',
  sender: 'ours (sender)',
  recipient: 'the recipient\u2019s',
  carrier: 'the carrier\u2019s',
  border: 'at the border',
  unattributed: 'cause not given',
};

const deliveryTypeNames: Readonly<Record<string, string>> = {
  home: 'home',
  service_point: 'pick-up point',
  mailbox: 'mailbox',
};
