import { estimateShare } from '../drawing/wilson.js';

// What a carrier may read of the others. A figure of theirs is told only where nobody can work out one of them from it: not by itself,
// and not by taking any told figure from another.

/** What one of the other carriers has of a rate: x of n. */
export interface Share {
  carrier: string;
  n: number;
  x: number;
}

/** The others' parcels on one lane, or on all of them. */
export interface Group {
  /** Text that names the lane; '' for all lanes together. */
  place: string;
  shares: readonly Share[];
}

/** What is told: the others together. */
export interface OtherFigure {
  metric: string;
  /** As in `Group`. */
  place: string;
  n: number;
  x: number;
  rate: number;
  rate_lo: number;
  rate_hi: number;
}

/** No carrier has more of a told figure. */
export const mostOfOne = 0.8;

function addUp(shares: readonly Share[]): { n: number; x: number } {
  return shares.reduce((sum, { n, x }) => ({ n: sum.n + n, x: sum.x + x }), { n: 0, x: 0 });
}

/**
 * Whether the figure of these carriers can be told: at least two stand behind it, none has over 80 % of its parcels, they are no fewer
 * than `atLeast`, and it is neither none nor all of them (which would be so of each single one).
 */
export function canTell(shares: readonly Share[], atLeast: number): boolean {
  const behind = shares.filter(({ n }) => n > 0);
  const { n, x } = addUp(behind);
  const most = Math.max(0, ...behind.map((share) => share.n));
  return behind.length >= 2 && n >= atLeast && most <= mostOfOne * n && x > 0 && x < n;
}

/** What is left of all lanes when the told ones are taken away. */
function takeAway(all: Group, told: readonly Group[]): Share[] {
  return all.shares.map((share) => {
    const parts = addUp(
      told.flatMap(({ shares }) => shares.filter(({ carrier }) => carrier === share.carrier)),
    );
    return { carrier: share.carrier, n: share.n - parts.n, x: share.x - parts.x };
  });
}

/**
 * Which groups of one rate can be told together. Every figure that follows from the told ones is a sum of lanes and of what is left
 * beside them, and a sum of what can be told can be told: so each lane passes by itself, and the rest does, or is empty. Where the rest
 * does not, the smallest lanes are held back until it does.
 */
export function chooseGroups(all: Group, lanes: readonly Group[], atLeast: number): Group[] {
  const size = ({ shares }: Group) => addUp(shares).n;
  const told = lanes
    .filter(({ shares }) => canTell(shares, atLeast))
    .sort((a, b) => size(b) - size(a) || (a.place < b.place ? -1 : 1));
  if (!canTell(all.shares, atLeast)) return told;
  for (;;) {
    const rest = takeAway(all, told);
    if (rest.every(({ n }) => n === 0) || canTell(rest, atLeast)) return [all, ...told];
    if (told.pop() === undefined) return [all];
  }
}

/** The figures of the groups that can be told, with their 95 % intervals. */
export function tellOthers(
  metric: string,
  all: Group,
  lanes: readonly Group[],
  atLeast: number,
): OtherFigure[] {
  return chooseGroups(all, lanes, atLeast).map(({ place, shares }) => {
    const { n, x } = addUp(shares);
    const { value, lo, hi } = estimateShare(x, n);
    return { metric, place, n, x, rate: value, rate_lo: lo, rate_hi: hi };
  });
}
