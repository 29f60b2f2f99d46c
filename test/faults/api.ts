import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { whenOver } from './world.js';

/** An API on loopback that answers as it is told; `sockets` are those that are open. */
export interface Api {
  url: string;
  requests: () => number;
  sockets: ReadonlySet<Socket>;
  environment: Record<string, string>;
}

export type Respond = (number: string, response: ServerResponse, request: IncomingMessage) => void;

export const secret = 'CANARY-secret-key-6f1d';
export const publicKey = 'CANARY-public-key-a0b2';

/** Starts it; it ends with the tests of the file. */
export async function openApi(respond: Respond): Promise<Api> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests += 1;
    const number = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
    respond(number, response, request);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  whenOver(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
  return {
    url,
    requests: () => requests,
    sockets,
    environment: {
      SENDCLOUD_BASE_URL: url,
      SENDCLOUD_PUBLIC_KEY: publicKey,
      SENDCLOUD_SECRET_KEY: secret,
      PARCELMETRICS_RATE: '600000/min',
    },
  };
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
