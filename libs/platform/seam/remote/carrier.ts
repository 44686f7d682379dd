import { createConnection, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { socketAddress } from './socket-address.js';

/** Where connections come in. */
export interface Listening {
  /** How others reach it. */
  readonly address: string;
  /** Lets nobody in any more. Resolves when all connections have ended; ends none itself. */
  close(): Promise<void>;
}

/** What a listener is told. */
export interface Arrivals {
  arrived(connection: Duplex): void;
  /** Somebody was turned away because there are `connections` already. */
  tooMany(): void;
  trouble(error: Error): void;
}

/** Listens on a TCP port; 0 takes a free one. Rejects when it can't be had. */
export async function listenTcp(
  host: string,
  port: number,
  connections: number,
  arrivals: Arrivals,
): Promise<Listening> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    // Finds peers whose machine vanished while nothing is said.
    socket.setKeepAlive(true, 10_000);
    arrivals.arrived(socket);
  });
  server.maxConnections = connections;
  server.on('drop', () => arrivals.tooMany());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Failing to accept (no file descriptors left) ends no connection that is there.
  server.on('error', (error) => arrivals.trouble(error));
  const bound = server.address();
  const named = host.includes(':') ? `[${host}]` : host;
  return {
    address: `${named}:${typeof bound === 'object' ? bound?.port : port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/**
 * How to connect to an address.
 *
 * @throws Bug when the address is none
 */
export function tcpDialler(address: string): () => Duplex {
  const leadsTo = socketAddress(address);
  return () => {
    const socket = createConnection(leadsTo);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    return socket;
  };
}
