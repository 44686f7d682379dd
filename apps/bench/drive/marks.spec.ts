import { type Mark, MarkStream, sseParser } from './marks.js';
import { scriptedSystem } from './scripted-system.fixture.js';

const mark = (tid: string): Mark => ({
  tid,
  type: 'PRICE_UPDATE',
  actorId: 1,
  status: 'SUCCESS',
  source: 'cart',
});
const sent = (id: number) => `id: ${id}\ndata: ${JSON.stringify(mark(`t${id}`))}\n\n`;

describe('the parser of server-sent events', () => {
  const parse = (...chunks: string[]) => {
    const events: [string, string][] = [];
    const take = sseParser((id, data) => events.push([id, data]));
    for (const chunk of chunks) take(chunk);
    return events;
  };

  it('does not mind where chunks are cut', () => {
    const text = ': hello\r\n\r\nid: 7\r\ndata: {"a":1}\r\n\r\nid: 8\ndata: x\ndata: y\n\n';
    const whole = parse(text);
    expect(whole).toEqual([
      ['7', '{"a":1}'],
      ['8', 'x\ny'],
    ]);
    for (let at = 1; at < text.length; at++) expect(parse(text.slice(0, at), text.slice(at))).toEqual(whole);
  });

  it('tells nothing of comments, heartbeats and events that are not complete', () => {
    expect(parse(': beat\n\n', 'event: ping\n\n', 'id: 9\ndata: half')).toEqual([]);
  });
});

describe('the stream of marks', () => {
  it('goes on after a break behind the last mark that it heard, and hears none twice', async () => {
    const connections: { id: unknown; end: () => void }[] = [];
    const system = await scriptedSystem(({ headers }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const nth = connections.push({ id: headers['last-event-id'], end: () => response.destroy() });
      response.write(nth === 1 ? sent(6) + sent(7) : sent(7) + sent(8)); // 7 again: at least once
      return 'handled';
    });
    const heard: string[] = [];
    let all: () => void = () => undefined;
    const complete = new Promise<void>((resolve) => {
      all = resolve;
    });
    const stream = new MarkStream(system.url, '5', ({ tid }) => {
      heard.push(tid);
      if (tid === 't7') connections[0]?.end();
      if (tid === 't8') all();
    });
    try {
      await stream.start();
      await complete;
      expect(heard).toEqual(['t6', 't7', 't8']);
      expect(connections.map(({ id }) => id)).toEqual(['5', '7']);
      expect([stream.reopened, stream.heardUpTo]).toEqual([1, 8n]);
    } finally {
      await stream.stop();
      await system.stop();
    }
  });

  it('refuses to start where there are no marks', async () => {
    const system = await scriptedSystem(() => ({ status: 404 }));
    const stream = new MarkStream(system.url, '0', () => undefined);
    await expect(stream.start()).rejects.toThrow('/marks answered 404');
    await stream.stop();
    await system.stop();
  });
});
