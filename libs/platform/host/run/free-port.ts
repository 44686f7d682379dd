import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a taken port may take to become free, in ms: after a kill -9 of the start, its apps need a second or two to end. */
const PATIENCE_MS = 3_000;

/**
 * Tries whether a port can be listened on, before anything else is started.
 *
 * @throws the system's error (EADDRINUSE, EACCES) if it can't
 */
export async function refuseTakenPort(port: number, hostname: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await listenOnce(port, hostname);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE' || performance.now() > end) throw error;
      await pause(100);
    }
  }
}

function listenOnce(port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port, host: hostname, exclusive: true }, () => probe.close(() => resolve()));
  });
}
