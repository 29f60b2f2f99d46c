import { type Layer, ownTip, type XChannel, type YChannel } from './kit.js';
import { textSize } from './theme.js';

interface Anchor {
  x: number;
  y: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const halfHeightPx = 8;

/**
 * Places for the names of points, in pixels: right of the point, else left, above or below at the distances given, the first that touches no other name and no point
 * and stays in the frame. Earlier items choose first; one that finds no place is left out.
 */
export function placeLabels<Item extends Anchor & { width: number }>(
  items: readonly Item[],
  marks: readonly Anchor[],
  frame: { width: number; height: number },
  { markPx = 6, distances = [0, 13] }: { markPx?: number; distances?: readonly number[] } = {},
): { item: Item; left: number; middle: number }[] {
  const taken: Box[] = marks.map(({ x, y }) => ({
    left: x - markPx,
    right: x + markPx,
    top: y - markPx,
    bottom: y + markPx,
  }));
  return items.flatMap((item) => {
    const free = candidates(item, markPx, distances).find(({ left, middle }) => {
      const box = boxOf(left, middle, item.width);
      const isInside =
        box.left >= 0 && box.right <= frame.width && box.top >= 0 && box.bottom <= frame.height;
      return isInside && !taken.some((other) => overlap(box, other));
    });
    if (free === undefined) return [];
    taken.push(boxOf(free.left, free.middle, item.width));
    return [{ item, ...free }];
  });
}

function candidates(
  { x, y, width }: Anchor & { width: number },
  markPx: number,
  distances: readonly number[],
): { left: number; middle: number }[] {
  const [right, left, centre] = [x + markPx + 4, x - markPx - 4 - width, x - width / 2];
  return distances.flatMap((distance) => {
    const sides = [right, left].flatMap((start) => [
      { left: start, middle: y - distance },
      { left: start, middle: y + distance },
    ]);
    return distance === 0
      ? sides
      : [...sides, { left: centre, middle: y - distance }, { left: centre, middle: y + distance }];
  });
}

function boxOf(left: number, middle: number, width: number): Box {
  return { left, right: left + width, top: middle - halfHeightPx, bottom: middle + halfHeightPx };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Names (`name`, `tip`) left-aligned at their place, on a halo of the paper's colour, since lines may run behind. */
export function drawNames(values: Record<string, string | number>[], x: XChannel, y: YChannel): Layer[] {
  const encoding = { x, y, text: { field: 'name', type: 'nominal' as const } };
  const text = { type: 'text' as const, align: 'left' as const, fontSize: textSize.label };
  return [
    {
      name: 'halo',
      data: { values },
      mark: { ...text, stroke: 'var(--paper)', strokeWidth: 4, strokeJoin: 'round' },
      encoding,
    },
    {
      name: 'name',
      data: { values },
      mark: { ...text, aria: true },
      encoding: { ...encoding, description: ownTip },
    },
  ];
}
