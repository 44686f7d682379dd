import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A wire to a server that can be cut, held (what is sent then arrives nowhere, and nobody is told) and mended, and that can lead those who
 * come from now on to another server, while those who are held stay so.
 */
export async function wireTo(server: URL) {
  let { hostname, port } = server;
  const sockets = new Set<Socket>();
  /** Of those that are held, nobody learns what becomes of the other end. */
  const deaf = new Set<Socket>();
  let held = false;
  const door = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    if (!held) near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('close', () => !deaf.has(one) && other.destroy());
  });
  const listen = async (at: number) => once(door.listen(at, '127.0.0.1'), 'listening');
  await listen(0);
  const { port: here } = door.address() as { port: number };
  return {
    port: here,
    cut: () => {
      door.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    hold: () => {
      held = true;
      for (const socket of sockets) deaf.add(socket.unpipe());
    },
    leadTo: (other: URL) => {
      ({ hostname, port } = other);
      held = false;
    },
    mend: async () => {
      held = false;
      if (!door.listening) await listen(here);
    },
  };
}
