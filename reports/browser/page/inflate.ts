/** The text behind what the report's script file holds: deflated without a header, in base64. */
export async function inflate(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).text();
}

/** Whether this browser can: those of 2023 and later do. */
export const canInflate = () => typeof DecompressionStream === 'function';
