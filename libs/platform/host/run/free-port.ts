import { createServer } from 'node:net';

/**
 * Tries whether a port can be listened on, before anything else is started.
 *
 * @throws the system's error (EADDRINUSE, EACCES) if it can't
 */
export function refuseTakenPort(port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port, host: hostname, exclusive: true }, () => probe.close(() => resolve()));
  });
}
