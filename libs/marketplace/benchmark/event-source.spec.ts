import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordedMark } from './benchmark.data.js';
import { sendEvents } from './event-source.js';

describe('server-sent events', () => {
  const mark = (id: number): RecordedMark => ({
    id,
    tid: `t${id}`,
    type: 'PRICE_UPDATE',
    actorId: 1,
    status: 'SUCCESS',
    source: 'x'.repeat(2_000),
    at: '',
  });

  it('are not collected for a reader that does not read: the next page waits, and in the end the line is cut', async () => {
    let pages = 0;
    async function* endless() {
      for (;;) {
        pages += 1;
        yield [...Array(100).keys()].map((index) => mark(100 * pages + index));
      }
    }
    let failure: Promise<unknown> = Promise.resolve();
    let line: ServerResponse | undefined;
    const server = createServer((_, response) => {
      line = response;
      failure = sendEvents(response, 0, endless(), 200).catch((error: unknown) => error);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
      const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
        request.on('response', resolve),
      );
      response.on('error', () => undefined).pause();
      expect(await failure).toMatchObject({ name: 'AbortError' });
      expect(line?.destroyed).toBe(true);
      expect(pages).toBeLessThan(500); // what fits into the buffers of two sockets, not "as many as there are"
      request.destroy();
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
