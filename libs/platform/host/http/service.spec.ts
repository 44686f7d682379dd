import {
  answerHeld,
  ask,
  held,
  lines,
  openShop,
  probes,
  socket,
  start,
  streams,
  until,
} from './shop.fixture.js';

openShop();

describe('health', () => {
  test('live answers whatever does not work', async () => {
    probes.push({ name: 'database', check: async () => Promise.reject(new Error('gone')) });
    expect(await ask('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  test.each(['/health', '/health/ready'])('%s tells what works, with the facts', async (path) => {
    probes.push({ name: 'database', check: async () => ({ version: '18.4' }) });
    const { status, body } = await ask(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', details: { database: { status: 'up', version: '18.4' } } });
  });

  test('is 503 as soon as one thing does not work, and names it and the cure', async () => {
    const url = 'postgres://banyan:hunter2@db';
    probes.push(
      { name: 'queue', check: async () => ({}) },
      {
        name: 'database',
        check: () => {
          throw new Error(`${url} refuses. Start it.`);
        },
      },
    );
    const { status, body, text } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(body.error).toEqual({
      database: { status: 'down', message: 'postgres://[hidden]@db refuses. Start it.' },
    });
    expect(body.details.queue).toEqual({ status: 'up' });
    expect(text).not.toContain('hunter2');
  });

  test('is 503 within about two seconds when a probe does not answer', async () => {
    probes.push({ name: 'queue', check: () => new Promise(() => undefined) });
    const begun = performance.now();
    const { status, body } = await ask('/health/ready');
    expect(performance.now() - begun).toBeLessThan(3_500);
    expect([status, body.error.queue.message]).toEqual([
      503,
      expect.stringContaining('did not answer within 2000 ms'),
    ]);
  });

  test('writes a line when something stops working and when it works again, not at every poll', async () => {
    let broken = true;
    probes.push({
      name: 'disk',
      check: async () => {
        if (broken) throw new Error('full');
        return {};
      },
    });
    await ask('/health/ready');
    await ask('/health/ready');
    broken = false;
    await ask('/health/ready');
    await ask('/health/ready');
    expect(lines().map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn not ready: full',
      'info disk works again',
    ]);
  });
});

describe('the API page', () => {
  test('shows every route with the schemas of its body, path and query', async () => {
    const { body } = await ask('/docs-json');
    expect(body.info).toMatchObject({ title: 'Shop', version: '1.2.3' });
    const order = body.paths['/stock/orders'].post.requestBody.content['application/json'].schema;
    expect(order.properties.items.items.properties.quantity).toMatchObject({ type: 'integer' });
    expect(order.required).toEqual(['items']);
    const answers = body.paths['/stock/orders'].post.responses;
    expect(Object.keys(answers.default.content)).toEqual(['application/problem+json']);
    const { parameters } = body.paths['/stock/items/{id}'].get;
    expect(parameters).toEqual([
      expect.objectContaining({
        name: 'id',
        in: 'path',
        schema: expect.objectContaining({ type: 'integer' }),
      }),
      expect.objectContaining({
        name: 'page',
        in: 'query',
        schema: expect.objectContaining({ type: 'number' }),
      }),
    ]);
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/health/live', '/health/ready']));
  });

  test('comes whole from this server and is allowed by its own security headers', async () => {
    const { text, headers } = await ask('/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(text).not.toMatch(/(?:src|href)=["'](?:https?:)?\/\//);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>[^<]*\S/);
    const assets = [...text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map((match) => match[1] as string);
    expect(assets.length).toBeGreaterThanOrEqual(4);
    for (const asset of assets) {
      const answer = await ask(new URL(asset, 'http://shop/docs').pathname);
      expect([asset, answer.status]).toEqual([asset, 200]);
    }
  });
});

describe('security headers', () => {
  test('stand on answers, errors and streams; nothing claims TLS', async () => {
    for (const path of ['/stock/items/7', '/nowhere', '/stock/throw/bug']) {
      const { headers } = await ask(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });
});

describe('leaving', () => {
  test('is told as not ready, while every request is still answered over connections that are kept', async () => {
    const other = await start();
    other.http.leave();
    expect((await ask('/health/ready', {}, other)).body.error.serving.message).toContain('stopping');
    const answer = await ask('/stock/items/7', {}, other);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'keep-alive']);
    await other.http.stop(300);
    await other.app.close();
  });
});

describe('a stop', () => {
  test('answers new requests with 503, is not ready but alive, closes streams, and lets answers under way finish', async () => {
    const other = await start();
    const stream = socket(other);
    stream.send('GET /stock/marks HTTP/1.1\r\nHost: x\r\n\r\n');
    await stream.until('data:');
    const slow = socket(other);
    slow.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);

    let drained = false;
    const stopped = other.http.stop(5_000).then(() => (drained = true));
    await stream.closed();
    await until(() => streams.open === 0);
    const refused = await ask('/stock/items/7', {}, other);
    expect(refused).toMatchObject({
      status: 503,
      body: { status: 503, detail: expect.stringContaining('stopping') },
    });
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await ask('/health/live', {}, other)).status).toBe(200);
    expect((await ask('/health/ready', {}, other)).body.error.serving.message).toContain('stopping');

    const closed = other.app.close();
    expect(drained).toBe(false);
    answerHeld();
    expect(await slow.until('{"done":true}')).toMatch(/connection: close/i);
    await Promise.all([stopped, closed]);
    await slow.closed();
  });

  test('is quick in spite of idle connections, and cuts what does not finish in its grace', async () => {
    const other = await start();
    const idle = socket(other);
    idle.send('GET /stock/items/7 HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until('"page"');
    const half = socket(other);
    half.send('GET /stock/items/7 HTTP/1.1\r\nHo');
    const stuck = socket(other);
    stuck.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);
    const begun = performance.now();
    const stopped = other.http.stop(300);
    await Promise.all([stopped, other.app.close()]);
    expect(performance.now() - begun).toBeLessThan(2_000);
    await Promise.all([idle.closed(), half.closed(), stuck.closed()]);
    held.splice(0);
  });
});

describe("Nest's own start", () => {
  test('is told at debug level only', async () => {
    await (await start()).app.close();
    expect(lines().filter(({ logger }) => logger === 'InstanceLoader')).toEqual([]);
    await (await start({ LOG_LEVEL: 'debug' })).app.close();
    const chatter = lines().filter(({ logger }) => logger === 'InstanceLoader');
    expect(chatter.length).toBeGreaterThan(3);
    expect(new Set(chatter.map(({ level }) => level))).toEqual(new Set(['debug']));
  });
});
