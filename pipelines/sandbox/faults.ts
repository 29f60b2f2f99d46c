import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.js';

/**
 * What can go wrong on purpose: a given answer, a connection reset before any byte, an answer cut in half, no answer at all,
 * a 200 that is not JSON, a gateway's HTML page (default 502), an empty body (default 200).
 */
export type Fault =
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  | { kind: 'reset' }
  | { kind: 'truncate' }
  | { kind: 'hang' }
  | { kind: 'garbage' }
  | { kind: 'html'; status?: number }
  | { kind: 'empty'; status?: number };

/** Decides on a fault. `path` is as sent, without the query; `count` says how often this method and path came, from 1 on. */
export type ChooseFault = (request: { method: string; path: string; count: number }) => Fault | null;

const gatewayPage = '<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>';

/** The answer that stands for a fault, or null for those that are no answer (reset, hang) or need a true one (truncate). */
export function answerFault(fault: Fault): Answer | null {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, body: fault.body, headers: fault.headers };
    case 'garbage':
      return {
        status: 200,
        body: '{"announced_at": "2026-',
        headers: { 'content-type': 'application/json' },
      };
    case 'html':
      return { status: fault.status ?? 502, body: gatewayPage, headers: { 'content-type': 'text/html' } };
    case 'empty':
      return { status: fault.status ?? 200 };
    default:
      return null;
  }
}

/** Sends an answer whole; or, cut, declares its full length, sends half of it and drops the connection. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  cut = false,
): void {
  const { body, status } = answer;
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.from(text);
  const type = bytes.length > 0 ? { 'content-type': 'application/json' } : {};
  response.writeHead(status, { ...type, ...answer.headers, 'content-length': bytes.length });
  if (cut) response.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy());
  else response.end(bytes);
}
