import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
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
