/** An element of an SVG; a string among its children is text that is already escaped, as are the attribute values. */
export interface SvgElement {
  tag: string;
  attributes: Map<string, string>;
  children: (SvgElement | string)[];
}

const token = /<\/[a-zA-Z]+>|<([a-zA-Z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|[^<]+/g;

/** Reads what Vega's own serialiser wrote: every attribute quoted, `<` and `&` escaped, no comments. Throws on anything else. */
export function parseSvg(svg: string): SvgElement {
  const root: SvgElement = { tag: '', attributes: new Map(), children: [] };
  const open = [root];
  let read = 0;
  for (const match of svg.matchAll(token)) {
    const parent = open.at(-1);
    if (parent === undefined || match.index !== read)
      throw new Error(`not the SVG we know at character ${read}`);
    read += match[0].length;
    const [text, tag, attributes = '', selfClosing] = match;
    if (tag !== undefined) {
      const element = { tag, attributes: readAttributes(attributes), children: [] };
      parent.children.push(element);
      if (selfClosing === '') open.push(element);
    } else if (text.startsWith('</')) {
      if (open.pop()?.tag !== text.slice(2, -1))
        throw new Error(`an element ends at character ${read} that was not open`);
    } else {
      parent.children.push(text);
    }
  }
  const [svgElement, ...others] = root.children;
  const isWhole = read === svg.length && open.length === 1 && others.length === 0;
  if (!isWhole || typeof svgElement !== 'object') throw new Error('not a whole SVG');
  return svgElement;
}

export function writeSvg({ tag, attributes, children }: SvgElement): string {
  const opening = [tag, ...[...attributes].map(([name, value]) => `${name}="${value}"`)].join(' ');
  if (children.length === 0) return `<${opening}/>`;
  return `<${opening}>${children.map((child) => (typeof child === 'string' ? child : writeSvg(child))).join('')}</${tag}>`;
}

/** Groups that say nothing go, their children stay; what all children of a group share is said once, on the group. */
export function simplifySvg(element: SvgElement): SvgElement {
  const children = element.children
    .map((child) => (typeof child === 'string' ? child : simplifySvg(child)))
    .flatMap((child): (SvgElement | string)[] => {
      if (typeof child === 'string' || child.tag !== 'g') return [child];
      if (child.children.length === 0) return [];
      return child.attributes.size === 0 ? child.children : [child];
    });
  return shareAttributes({ ...element, children });
}

const inherited = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'font-size',
  'font-weight',
  'text-anchor',
];

function shareAttributes(group: SvgElement): SvgElement {
  const elements = group.children.filter((child) => typeof child === 'object');
  if (group.tag !== 'g' || elements.length < 2 || elements.length !== group.children.length) return group;
  const attributes = new Map(group.attributes);
  for (const name of inherited) {
    const value = elements[0]?.attributes.get(name);
    if (value === undefined || attributes.has(name)) continue;
    if (!elements.every((element) => element.attributes.get(name) === value)) continue;
    attributes.set(name, value);
    for (const element of elements) element.attributes.delete(name);
  }
  return { ...group, attributes };
}

function readAttributes(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}
