import { type Choice, nameLane } from './choice.js';
import type { Clock, CompareData, CompareFrame } from './compare-data.js';
import type { Tally } from './compare-strata.js';
import type { Endings } from './incidence.js';

/** The rows of the data that a choice speaks of. */
export interface ChosenRows {
  data: CompareData;
  /** Whatever the week: the carrier's rows (1), the others' (2), all other rows (0). */
  marks: Uint8Array;
  isInWeeks: (row: number) => boolean;
  /** A number for each lane, delivery type and service level. */
  groupOf: (row: number) => number;
  laneOf: (group: number) => number;
}

export const emptyTally = (): Tally => ({ x: 0, n: 0 });

export function addTally(tally: Tally, n: number, x: number): void {
  tally.n += n;
  tally.x += x;
}

/** Small lanes together: what is in them is not alike. */
export const isSmallLane = (frame: CompareFrame, lane: number) => frame.lanes[lane]?.[0] === '*';

export function chooseRows(data: CompareData, choice: Choice): ChosenRows {
  const { frame, rows } = data;
  const { index, count } = rows;
  const place = (list: readonly string[], value: string) => (value === '*' ? -1 : list.indexOf(value));
  const codes = frame.carriers.map(({ code }) => code);
  const own = codes.indexOf(choice.carrier);
  const other = place(codes, choice.against);
  const lane = place(frame.lanes.map(nameLane), choice.lane);
  const type = place(frame.types, choice.type);
  const service = place(frame.services, choice.service);
  const brand = place(frame.brands.map(String), choice.brand);
  const account = place(frame.accounts, choice.account);
  const marks = new Uint8Array(count);
  for (let row = 0; row < count; row += 1) {
    const carrier = index.carrier[row];
    const side = carrier === own ? 1 : other === -1 || carrier === other ? 2 : 0;
    if (side === 0) continue;
    if (lane !== -1 && index.lane[row] !== lane) continue;
    if (type !== -1 && index.type[row] !== type) continue;
    if (service !== -1 && index.service[row] !== service) continue;
    if (brand !== -1 && index.brand[row] !== brand) continue;
    if (account !== -1 && index.account[row] !== account) continue;
    marks[row] = side;
  }
  const kinds = frame.types.length * frame.services.length;
  return {
    data,
    marks,
    isInWeeks: (row) => {
      const week = index.week[row] ?? 0;
      return week >= choice.from && week <= choice.to;
    },
    groupOf: (row) =>
      (index.lane[row] ?? 0) * kinds +
      (index.type[row] ?? 0) * frame.services.length +
      (index.service[row] ?? 0),
    laneOf: (group) => Math.floor(group / kinds),
  };
}

/** Adds how the follow-ups of a row ended. */
export function addEndings({ rows }: CompareData, row: number, clock: Clock, target: Endings): void {
  const { start, code, size } = rows.hours[clock];
  for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at += 1) {
    const [value, parcels] = [code[at] ?? 0, size[at] ?? 0];
    const bin = Math.floor(value / 3);
    const list = value % 3 === 0 ? target.interest : value % 3 === 1 ? target.competing : target.censored;
    list[bin] = (list[bin] ?? 0) + parcels;
  }
}

/** The parcels of a row that were followed. */
export function countFollowed({ rows }: CompareData, row: number, clock: Clock): number {
  const { start, size } = rows.hours[clock];
  let count = 0;
  for (let at = start[row] ?? 0; at < (start[row + 1] ?? 0); at += 1) count += size[at] ?? 0;
  return count;
}
