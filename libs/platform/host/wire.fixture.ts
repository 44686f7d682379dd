import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A wire to a server that can be cut, held (what is sent then arrives nowhere, and nobody is told) and mended. */
export async function wireTo({ hostname, port }: URL) {
  const sockets = new Set<Socket>();
  let held = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    if (!held) near.pipe(far).pipe(near);
  });
  const listen = async (at: number) => once(server.listen(at, '127.0.0.1'), 'listening');
  await listen(0);
  const { port: here } = server.address() as { port: number };
  return {
    port: here,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    hold: () => {
      held = true;
      for (const socket of sockets) socket.unpipe();
    },
    mend: async () => {
      held = false;
      if (!server.listening) await listen(here);
    },
  };
}
