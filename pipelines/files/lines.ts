/**
 * The lines of a stream of bytes, decoded as UTF-8, without their ends. A line of more than `maxBytes` comes as null: it is not
 * held in memory.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (): string | null => {
    const [first = Buffer.alloc(0)] = parts;
    const bytes = parts.length > 1 ? Buffer.concat(parts) : first;
    const hasReturn = bytes.at(-1) === 0x0d;
    const text = length > maxBytes ? null : bytes.toString('utf8', 0, bytes.length - (hasReturn ? 1 : 0));
    parts = [];
    length = 0;
    return text;
  };
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= maxBytes) parts.push(part);
    else parts = [];
  };
  for await (const chunk of stream) {
    const bytes = chunk;
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      add(bytes.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < bytes.length) add(bytes.subarray(start));
  }
  if (length > 0) yield take();
}
