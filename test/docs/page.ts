import { readFileSync } from 'node:fs';

/** A Markdown page taken apart, so that a test can recompute what stands in it. */
export interface Page {
  /** What stands before the first section. */
  opening: string;
  headings: string[];
  /** Body of a section, line breaks as spaces. */
  text(heading: string): string;
  /** Tables of a section: rows of cells, the header first. */
  tables(heading: string): string[][][];
}

function readTables(body: string): string[][][] {
  const blocks = body
    .trim()
    .split(/\n{2,}/)
    .filter((block) => block.startsWith('|'));
  return blocks.map((block) =>
    block
      .trim()
      .split('\n')
      .filter((line) => !/^\|[-|]+\|$/.test(line))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
}

export function readPage(path: string): Page {
  const [opening = '', ...parts] = readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8').split(
    /^## /m,
  );
  const sections = new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  const bodyOf = (heading: string): string => {
    const body = sections.get(heading);
    if (body === undefined) throw new RangeError(`${path} has no section "${heading}"`);
    return body;
  };
  return {
    opening,
    headings: [...sections.keys()],
    text: (heading) => bodyOf(heading).replaceAll(/\s+/g, ' '),
    tables: (heading) => readTables(bodyOf(heading)),
  };
}

/** The numbers in a text, in order: '760 of 800, 95.0 %' gives 760, 800, 95. */
export function readNumbers(text: string | undefined): number[] {
  return [...(text ?? '').replaceAll('−', '-').matchAll(/-?\d[\d,]*(?:\.\d+)?/g)].map(([digits]) =>
    Number(digits.replaceAll(',', '')),
  );
}
