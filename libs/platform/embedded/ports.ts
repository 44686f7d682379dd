import { createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that nobody listens on: the preferred one when it is free, else any.
 * Another process may take it before its user does, so whoever starts a server on it must be ready to ask again.
 */
export async function freePort(preferred = 0): Promise<number> {
  const port = await tryPort(preferred);
  if (port !== undefined) return port;
  const any = await tryPort(0);
  if (any === undefined)
    throw new Error('No TCP port of 127.0.0.1 is free: check the network of this machine.');
  return any;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
