import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Below the ports that kernels give to outgoing connections: one of those may have a port while its server is dead. */
const FIRST = 10_000;
const LAST = 32_000;
const given = new Set<number>();

/** A TCP port that nobody listens on now, and that nobody is given by the kernel until its server is started again. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`No TCP port between ${FIRST} and ${LAST} is free.`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Waits until somebody listens on a port. */
export async function untilOpen(port: number, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isOpen(port))) {
    if (performance.now() > end) throw new Error(`Nobody listens on port ${port} after ${withinMs} ms.`);
    await pause(20);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
