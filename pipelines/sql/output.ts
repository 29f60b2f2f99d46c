/** Writes text and waits until there is room for more. */
export type Write = (text: string) => Promise<void>;

/** Nobody reads the output any more: the end of a command, not an error. */
export class OutputGoneError extends Error {
  override readonly name = 'OutputGoneError';
  readonly code = 'EPIPE';
}

/** Wraps a stream so that a slow reader slows the query down, and one that left ends it. `onGone` is told at once. */
export function createWrite(
  stream: NodeJS.WritableStream,
  signal: AbortSignal,
  onGone: () => void,
): { write: Write; close: () => void } {
  let isGone = false;
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    isGone = true;
    onGone();
  };
  stream.on('error', onError);
  const write = async (text: string) => {
    if (isGone) throw new OutputGoneError('nobody reads the output');
    if (!stream.write(text)) await roomIn(stream, signal);
    if (isGone) throw new OutputGoneError('nobody reads the output');
  };
  return { write, close: () => void stream.off('error', onError) };
}

function roomIn(stream: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'];
    const done = () => {
      for (const event of events) stream.off(event, done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
