import { tipSeparator } from './chart.js';
import { parseSvg, type SvgElement, simplifySvg, writeSvg } from './svg-tree.js';

/**
 * What Vega draws, made fit to stand inside a page: no script, style attribute, link or address; ids start with the chart's. `alt` is the text
 * in place of the drawing.
 */
export function finishSvg(svg: string, id: string, alt: string): string {
  const root = parseSvg(svg);
  const ids = new Map<string, string>();
  const drawing = simplifySvg({ tag: 'g', attributes: new Map(), children: finishChildren(root, id, ids) });
  const [width = '', height = ''] = [root.attributes.get('width'), root.attributes.get('height')];
  const attributes = new Map([
    ['xmlns', 'http://www.w3.org/2000/svg'],
    ['class', 'chart'],
    ['id', escapeText(id)],
    ['width', width],
    ['height', height],
    ['viewBox', `0 0 ${width} ${height}`],
    ['role', 'img'],
    ['aria-label', escapeText(alt)],
    ['font-family', 'system-ui, sans-serif'],
  ]);
  return withoutControls(writeSvg({ tag: 'svg', attributes, children: [drawing] }));
}

function finishChildren(
  { children }: SvgElement,
  id: string,
  ids: Map<string, string>,
): (SvgElement | string)[] {
  return children.flatMap((child): (SvgElement | string)[] => {
    if (typeof child === 'string') return [child];
    return isUnseen(child) ? [] : [finishElement(child, id, ids)];
  });
}

/** The frames of groups, which Vega writes even where they have neither fill nor line. */
function isUnseen({ tag, attributes }: SvgElement): boolean {
  return tag === 'path' && !attributes.has('fill') && !attributes.has('stroke');
}

const geometry = new Set(['d', 'transform', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'dy', 'width', 'height']);
const kept = new Set([
  ...geometry,
  ...[
    'fill',
    'fill-opacity',
    'stroke',
    'stroke-width',
    'stroke-opacity',
    'stroke-dasharray',
    'stroke-linecap',
    'stroke-linejoin',
  ],
  ...['stroke-miterlimit', 'opacity', 'clip-path', 'text-anchor', 'font-size', 'font-weight', 'font-style'],
]);
/** Attributes that say what holds anyway. */
const needless = new Set([
  'opacity="1"',
  'stroke-width="1"',
  'fill-opacity="1"',
  'transform="translate(0,0)"',
]);

/** Keeps the attributes that draw; the name of the layer becomes the class, the description of a mark its carrier and tooltip. */
function finishElement(element: SvgElement, id: string, ids: Map<string, string>): SvgElement {
  const attributes = new Map<string, string>();
  const layer = /[ _]([a-z]+)\d*_marks(?: |$)/.exec(element.attributes.get('class') ?? '')?.[1];
  if (layer !== undefined) attributes.set('class', `mark-${layer}`);
  const [carrier, tip] = (element.attributes.get('aria-label') ?? '').split(tipSeparator);
  if (tip !== undefined && carrier !== '') attributes.set('data-carrier', carrier ?? '');
  const ownId = element.attributes.get('id');
  if (ownId !== undefined) attributes.set('id', renameId(ownId, id, ids));
  for (const [name, value] of element.attributes) {
    if (!kept.has(name) || needless.has(`${name}="${value}"`)) continue;
    attributes.set(name, geometry.has(name) ? roundNumbers(value) : renameReferences(value, id, ids));
  }
  const children = finishChildren(element, id, ids);
  if (tip) children.unshift({ tag: 'title', attributes: new Map(), children: [tip] });
  return { tag: element.tag, attributes, children };
}

/** Vega counts its ids up over the life of the process; ours count from one in each drawing. */
function renameId(vegaId: string, id: string, ids: Map<string, string>): string {
  const own = ids.get(vegaId) ?? `${escapeText(id)}-${ids.size + 1}`;
  ids.set(vegaId, own);
  return own;
}

function renameReferences(value: string, id: string, ids: Map<string, string>): string {
  return value.replace(/url\(#([^)]*)\)/g, (_, vegaId) => `url(#${renameId(vegaId, id, ids)})`);
}

function roundNumbers(value: string): string {
  return value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What XML does not allow at all: control characters and lone surrogates. */
function withoutControls(svg: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return svg.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, '');
}
