const wholeBelow = 160;

/** JSON in which what is flat stands in one line (a row of data, a short object), so that a difference is a line that can be read. */
export function writeLines(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const flat = JSON.stringify(value);
  const isList = Array.isArray(value);
  const parts: unknown[] = Object.values(value);
  const isFlat = parts.every((part) => typeof part !== 'object' || part === null);
  if (isFlat || indent.length + flat.length < wholeBelow) return flat;
  const deeper = `${indent} `;
  const lines = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => `${deeper}${isList ? '' : `${JSON.stringify(key)}: `}${writeLines(part, deeper)}`);
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}
