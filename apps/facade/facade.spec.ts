import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type ModuleRoute, RouteTable, roundRobin } from '#platform/placement/forward';
import { type Facade, type FacadeOptions, startFacade } from './facade.js';
import type { RouteSource } from './routes.js';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function app(
  listener: RequestListener,
): Promise<{ address: string; server: Server; kill(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const kill = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  opened.push(kill);
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, kill };
}

/** Routes as a registry would tell them: a table, and the live addresses of each module. */
function routesOf(routes: ModuleRoute[], live: Record<string, string[]>): RouteSource & { known: boolean } {
  const table = new RouteTable(routes);
  const next = roundRobin();
  return {
    known: true,
    ready() {
      return this.known;
    },
    find(method, path) {
      const module = table.find(method, path);
      return module === undefined ? undefined : { module, address: next(module, live[module] ?? []) };
    },
  };
}

const CART: ModuleRoute = { method: 'GET', template: '/cart/:customerId', module: 'cart' };
const ADD: ModuleRoute = { method: 'POST', template: '/cart/:customerId/add', module: 'cart' };
const STOCK: ModuleRoute = { method: 'GET', template: '/stock', module: 'stock' };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function facade(routes: RouteSource, more: Partial<FacadeOptions> = {}): Promise<Facade> {
  const started = await startFacade({ host: '127.0.0.1', port: 0, routes, log: silent, ...more });
  opened.push(() => started.stop());
  return started;
}

const names = (name: string) => app((request, response) => void response.end(`${name} ${request.url}`));
const told = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { detail: string }).detail,
];

test('each request goes to the app that hosts its module, as it came', async () => {
  const [one, two] = [await names('one'), await names('two')];
  const { url } = await facade(routesOf([CART, ADD, STOCK], { cart: [one.address], stock: [two.address] }));
  expect(await (await fetch(`${url}/cart/7?a=%2F`)).text()).toBe('one /cart/7?a=%2F');
  expect(await (await fetch(`${url}/cart/7/`)).text()).toBe('one /cart/7/');
  expect(await (await fetch(`${url}/stock`)).text()).toBe('two /stock');
  const head = await fetch(`${url}/stock`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, null]);
  const added = await fetch(`${url}/cart/7/add`, { method: 'POST', body: '{}' });
  expect(await added.text()).toBe('one /cart/7/add');
});

test('the instances of a module take turns', async () => {
  const [one, two] = [await names('one'), await names('two')];
  const { url } = await facade(routesOf([STOCK], { stock: [one.address, two.address] }));
  const answers: string[] = [];
  for (let at = 0; at < 4; at++) answers.push(await (await fetch(`${url}/stock`)).text());
  expect(answers).toEqual(['one /stock', 'two /stock', 'one /stock', 'two /stock']);
});

test('a GET for an instance that is gone is answered by another one', async () => {
  const [one, two] = [await names('one'), await names('two')];
  const { url } = await facade(routesOf([STOCK], { stock: [one.address, two.address] }));
  await one.kill();
  for (let at = 0; at < 4; at++) expect(await (await fetch(`${url}/stock`)).text()).toBe('two /stock');
});

test('what nobody answers is 404, what nobody answers just now is 503, and before routes are known all is 503', async () => {
  const routes = routesOf([STOCK], {});
  const { url } = await facade(routes);
  expect(await told(await fetch(`${url}/nowhere`))).toEqual([404, expect.stringContaining('/docs')]);
  expect(await told(await fetch(`${url}/stock`, { method: 'POST' }))).toEqual([404, expect.any(String)]);
  const down = await fetch(`${url}/stock`);
  expect([down.headers.get('retry-after'), down.headers.get('content-type')]).toEqual([
    '1',
    'application/problem+json',
  ]);
  expect(await told(down)).toEqual([
    503,
    'No app that hosts stock runs at the moment. Ask again in a second.',
  ]);
  routes.known = false;
  expect(await told(await fetch(`${url}/nowhere`))).toEqual([503, expect.stringContaining('not known yet')]);
});

test('a problem tells the trace that the client began', async () => {
  const { url } = await facade(routesOf([STOCK], {}));
  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
  const answer = await fetch(`${url}/stock`, { headers: { traceparent } });
  expect(answer.headers.get('x-trace-id')).toBe('c'.repeat(32));
  expect(await answer.json()).toMatchObject({ traceId: 'c'.repeat(32), statusCode: 503, status: 503 });
});

test('routes that break cost the request, which is told 500, and not the facade', async () => {
  let broken = true;
  const one = await names('one');
  const { url } = await facade({
    ready: () => true,
    find() {
      if (broken) throw new Error('postgres://secret@db');
      return { module: 'stock', address: one.address };
    },
  });
  const answer = await fetch(`${url}/stock`);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('secret');
  broken = false;
  expect(await (await fetch(`${url}/stock`)).text()).toBe('one /stock');
});

test('its health is its own: live while it runs, ready while it knows routes, whatever the apps do', async () => {
  const routes = routesOf([STOCK], {});
  const { url } = await facade(routes);
  expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'ok' });
  for (const path of ['/health', '/health/ready']) {
    const ready = await fetch(url + path);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', info: { routes: { status: 'up' } }, error: {}, details: { routes: { status: 'up' } } },
    ]);
  }
  routes.known = false;
  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    expect.objectContaining({
      status: 'error',
      error: { routes: expect.objectContaining({ status: 'down' }) },
    }),
  ]);
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

test('the API page comes whole from the app that shows it, or is 503', async () => {
  const one = await names('docs');
  const { url } = await facade(routesOf([], {}), { docs: () => one.address });
  for (const path of ['/docs', '/docs/', '/docs-json', '/docs-yaml', '/docs/swagger-ui.css']) {
    expect(await (await fetch(url + path)).text()).toBe(`docs ${path}`);
  }
  expect((await fetch(`${url}/docsy`)).status).toBe(404);
  const without = await facade(routesOf([], {}));
  expect((await fetch(`${without.url}/docs`)).status).toBe(503);
});

test('a port that is taken is said', async () => {
  const first = await facade(routesOf([], {}));
  const port = Number(new URL(first.url).port);
  await expect(facade(routesOf([], {}), { port })).rejects.toThrow('EADDRINUSE');
});

describe('a stop', () => {
  async function underWay() {
    const held: ServerResponse[] = [];
    const one = await app((_, response) => void held.push(response));
    const started = await facade(routesOf([STOCK], { stock: [one.address] }), { stopGraceMs: 3_000 });
    const asked = fetch(`${started.url}/stock`);
    while (held.length === 0) await new Promise((later) => setTimeout(later, 5));
    return { started, asked, held: held[0] as ServerResponse };
  }

  test('lets an answer under way finish and takes no more connections', async () => {
    const { started, asked, held } = await underWay();
    const stopped = started.stop();
    await expect(fetch(`${started.url}/health/live`)).rejects.toThrow();
    held.end('finished');
    expect(await (await asked).text()).toBe('finished');
    const begun = performance.now();
    await stopped;
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  test('ends a stream of events at once', async () => {
    const { started, asked, held } = await underWay();
    held.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    const answer = await asked;
    const begun = performance.now();
    await Promise.all([started.stop(), answer.text().catch(() => 'cut')]);
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  test('cuts what is left after the grace', async () => {
    const { started, asked } = await underWay();
    const cut = expect(asked).rejects.toThrow();
    const begun = performance.now();
    await started.stop();
    await cut;
    expect(performance.now() - begun).toBeLessThan(4_500);
  });

  test('answers 503 on a connection that was open before, and closes it', async () => {
    const { started, asked, held } = await underWay();
    const socket = connect({ port: Number(new URL(started.url).port), host: '127.0.0.1' });
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    const ended = new Promise((end) => socket.once('close', end));
    // One request whole and half of the next: once the first is answered, the connection is in the midst of the second.
    socket.write('GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\nGET /stock HTTP/1.1\r\n');
    while (!text.includes('{"status":"ok"}')) await new Promise((later) => setTimeout(later, 5));
    const stopped = started.stop();
    socket.write('Host: shop\r\n\r\n');
    await ended;
    expect(text.split('{"status":"ok"}')[1]).toMatch(/^HTTP\/1\.1 503 .*connection: close/is);
    held.end();
    await Promise.all([asked, stopped]);
  });
});
