import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the scripted system saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  readonly body: any;
}

/** How the scripted system answers one request: a status and a body, or whatever a test does to the response. */
export type Script = (seen: Seen, response: ServerResponse) => { status: number; body?: unknown } | 'handled';

/**
 * A system on a real socket that answers as a test says: for what the real one does only when it is killed at the right moment.
 *
 * @param script may be replaced while it runs
 */
export async function scriptedSystem(script: Script) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one: Seen = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) };
      seen.push(one);
      const answer = system.script(one, response);
      if (answer === 'handled') return;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body ?? {}));
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const system = { url: `http://127.0.0.1:${port}`, seen, script, stop, startAgain: () => listen(port) };
  return system;
}
