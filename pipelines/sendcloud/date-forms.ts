/** A date, and a time where one is written, as the text has them. */
export interface Written {
  year: number;
  month: number;
  day: number;
  /** 24 only as 24:00:00, the end of the day. */
  hour: number;
  minute: number;
  second: number;
  microseconds: number;
  /** Minutes ahead of UTC; 0 where none is written. */
  offsetMinutes: number;
}

const time = String.raw`(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?`;
const offset = String.raw`(?:\s?([Zz]|[+-]\d{2}:?(?:\d{2})?|[A-Z]{3,4}))?`;
const dashed = new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]${time}${offset})?$`);
const basic =
  /^(\d{4})(\d{2})(\d{2})(?:[Tt ]?(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d+))?)?\s?([Zz]|[+-]\d{2}:?(?:\d{2})?)?)?$/;
const slashed = new RegExp(String.raw`^(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[Tt ]${time}${offset})?$`);
const weekly = new RegExp(String.raw`^(\d{4})-W(\d{2})-([1-7])(?:[Tt ]${time}${offset})?$`);
const dayFirst = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[,Tt]?\s?${time}${offset})?$`);
const mail = new RegExp(
  String.raw`^(?:[A-Z][a-z]{2},? )?(\d{1,2})[ -]([A-Z][a-z]{2})[ -](\d{4}) ${time}${offset}$`,
);
const ticks = /^\/Date\((-?\d{1,14})\)\/$/;
// RFC 9557: what the brackets say is for show, the offset before them counts.
const zoneName = /\[[^\]!]+\]$/;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// Those that mean one thing everywhere; of CST, IST or BST nobody can say which.
const zoneMinutes: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
};

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Years below 100 are typing errors, and Date.UTC would read them as 19xx. */
export function isRealDate(year: number, month: number, day: number): boolean {
  const isLeapDay = month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year >= 100 && day >= 1 && (day <= (daysInMonth[month - 1] ?? 0) || isLeapDay);
}

/** Clocks write a leap second as 60, and ISO 8601 the end of a day as 24:00. */
function isRealTime(hour: number, minute: number, second: number): boolean {
  if (hour === 24) return minute === 0 && second === 0;
  return hour <= 23 && minute <= 59 && (second <= 59 || (second === 60 && minute === 59));
}

function readOffset(text: string | undefined): number | null {
  if (text === undefined || text === 'Z' || text === 'z') return 0;
  if (/[A-Z]/.test(text)) return zoneMinutes[text] ?? null;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(3).replace(':', '') || 0)];
  if (hours > 23 || minutes > 59) return null;
  return (text[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

type Rest = readonly (string | undefined)[];

function join(year: number, month: number, day: number, [h, m, s, fraction, zone]: Rest): Written | null {
  const [hour, minute, second] = [Number(h ?? 0), Number(m ?? 0), Number(s ?? 0)];
  const offsetMinutes = readOffset(zone);
  if (offsetMinutes === null || !isRealDate(year, month, day) || !isRealTime(hour, minute, second))
    return null;
  const microseconds = fraction === undefined ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0'));
  return { year, month, day, hour, minute, second, microseconds, offsetMinutes };
}

/** The Monday of ISO week 1 is that of the week with 4 January. */
function readWeekDate(year: number, week: number, weekday: number): Date | null {
  const fourth = new Date(Date.UTC(year, 0, 4));
  const monday = 4 - ((fourth.getUTCDay() + 6) % 7);
  const date = new Date(Date.UTC(year, 0, monday + (week - 1) * 7 + weekday - 1));
  const thursday = new Date(Date.UTC(year, 0, monday + (week - 1) * 7 + 3));
  return week >= 1 && thursday.getUTCFullYear() === year ? date : null;
}

/**
 * Day and month in an order that only the writer knows: certain with dots (nobody writes months first with them), and where one
 * order alone is a real date or both give the same.
 */
function readDayFirst([, a, separator, b, y, ...rest]: RegExpExecArray): Written | null {
  const [first, second, year] = [Number(a), Number(b), Number(y)];
  const isDayMonth = isRealDate(year, second, first);
  const isMonthDay = isRealDate(year, first, second);
  if (separator !== '.' && isDayMonth && isMonthDay && first !== second) return null;
  if (isDayMonth) return join(year, second, first, rest);
  return separator !== '.' && isMonthDay ? join(year, first, second, rest) : null;
}

/** Reads a date, or a date and a time, in the forms whose meaning is certain; null for all others. */
export function readWritten(value: string): Written | null {
  const text = value.trim().replace(zoneName, '');
  for (const form of [dashed, basic, slashed]) {
    const match = form.exec(text);
    if (match) return join(Number(match[1]), Number(match[2]), Number(match[3]), match.slice(4));
  }
  const dated = dayFirst.exec(text);
  if (dated) return readDayFirst(dated);
  const posted = mail.exec(text);
  if (posted) {
    const month = months.indexOf(posted[2] ?? '') + 1;
    return join(Number(posted[3]), month, Number(posted[1]), posted.slice(4));
  }
  const inWeek = weekly.exec(text);
  if (inWeek) {
    const date = readWeekDate(Number(inWeek[1]), Number(inWeek[2]), Number(inWeek[3]));
    return date && join(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), inWeek.slice(4));
  }
  const since = ticks.exec(text);
  if (!since) return null;
  const at = new Date(Number(since[1]));
  return {
    ...{ year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() },
    ...{ hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds() },
    microseconds: at.getUTCMilliseconds() * 1000,
    offsetMinutes: 0,
  };
}
