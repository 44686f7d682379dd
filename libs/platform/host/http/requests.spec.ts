import {
  answerHeld,
  ask,
  CARD,
  held,
  lineOf,
  lines,
  openShop,
  post,
  socket,
  start,
  streams,
  until,
  written,
} from './shop.fixture.js';

openShop();

describe('the call context of a request', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';

  test('begins a trace and tells it as x-trace-id', async () => {
    const { body, headers } = await ask('/stock/context/7');
    expect(body).toMatchObject({ trace: expect.stringMatching(/^[0-9a-f]{32}$/), module: 'stock' });
    expect(headers.get('x-trace-id')).toBe(body.trace);
  });

  test('continues the trace of a traceparent under a new span', async () => {
    const { body } = await ask('/stock/context/7', { headers: { traceparent: `00-${trace}-${span}-01` } });
    expect(body.trace).toBe(trace);
    expect(body.span).not.toBe(span);
  });

  test.each([
    `00-${trace}-${span}`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    '; drop',
  ])('begins a new trace when the traceparent is %s', async (traceparent) => {
    const { body } = await ask('/stock/context/7', { headers: { traceparent } });
    expect(body.trace).toMatch(/^[0-9a-f]{32}$/);
    expect(body.trace).not.toBe(trace);
  });

  test('names the route, not the address, and has a deadline', async () => {
    const { body } = await ask('/stock/context/7?a=b');
    expect(body.operation).toBe('GET /stock/context/:id');
    expect(body.left).toBeGreaterThan(5_000);
    expect(body.left).toBeLessThanOrEqual(10_000);
  });

  test('holds while a body arrives in pieces', async () => {
    const client = socket();
    client.send(
      `POST /stock/context/7 HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${trace}-${span}-01\r\n` +
        'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a":',
    );
    // The second piece is sent once the first has surely been read: another request over another connection is answered.
    await ask('/health/live');
    client.send('"bcd"}');
    const answer = await client.until('"module"');
    expect(answer).toContain(`"trace":"${trace}"`);
    expect(answer).toContain('"module":"stock"');
    client.destroy();
  });

  test('is never that of another request on the same connection', async () => {
    const client = socket();
    const asked = Array.from({ length: 20 }, (_, at) => `${at}`.padStart(32, 'a'));
    for (const id of asked) {
      client.send(`GET /stock/context/7 HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${id}-${span}-01\r\n\r\n`);
    }
    const answers = await client.until(`"trace":"${asked.at(-1)}"`);
    expect([...answers.matchAll(/"trace":"(\w+)"/g)].map((match) => match[1])).toEqual(asked);
    client.destroy();
  });

  test('has no deadline in a stream of events', async () => {
    const client = socket();
    client.send(`GET /stock/marks HTTP/1.1\r\nHost: x\r\nTraceparent: 00-${trace}-${span}-01\r\n\r\n`);
    const answer = await client.until('data: {"tid":"a"}');
    expect(answer).toContain(`x-trace-id: ${trace}`);
    expect(streams.contexts.at(-1)).toMatchObject({ trace: { traceId: trace }, module: 'stock' });
    expect(streams.contexts.at(-1)).not.toHaveProperty('deadline');
    client.destroy();
    await until(() => streams.open === 0);
    expect(await lineOf('/stock/marks')).toMatchObject({ level: 'info', data: { ending: 'stream closed' } });
  });
});

describe('the lines of a request', () => {
  test("share its trace, whoever writes: Nest's logger, PinoLogger, the host", async () => {
    const { body } = await ask('/stock/context/7');
    await lineOf('/stock/context/:id');
    const told = {
      app: 'shop',
      instance: 'one',
      module: 'stock',
      operation: 'GET /stock/context/:id',
      trace: body.trace,
    };
    expect(lines()).toEqual([
      expect.objectContaining({ ...told, message: 'looked', logger: 'StockData' }),
      expect.objectContaining({ ...told, message: 'looked again', logger: 'StockData', data: { shelf: 3 } }),
      expect.objectContaining({
        ...told,
        level: 'info',
        message: expect.stringMatching(/^GET \/stock\/context\/:id 200 in [\d.]+ ms$/),
        data: { method: 'GET', route: '/stock/context/:id', status: 200, ms: expect.any(Number) },
      }),
    ]);
  });

  test('are one for a request that no route answers or the router cannot read, without its address', async () => {
    await ask('/nowhere/hunter2');
    await ask('/stock/%E0%A4%A/hunter2');
    await until(() => written.length === 2);
    expect(lines().map(({ level, data }) => [level, data?.['route'], data?.['status']])).toEqual([
      ['info', '(no such route)', 404],
      ['info', '(no such route)', 400],
    ]);
    expect(written.join()).not.toContain('hunter2');
  });

  test('say when the client left before the answer', async () => {
    const client = socket();
    client.send('GET /stock/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => held.length === 1);
    client.destroy();
    expect(await lineOf('/stock/slow')).toMatchObject({ data: { ending: 'client gone' } });
    answerHeld();
  });

  test('do not tell of health probes at info level', async () => {
    await ask('/health/ready');
    await ask('/stock/items/7');
    await lineOf('/stock/items/:id');
    expect(lines()).toHaveLength(1);
  });
});

describe('an error becomes a problem document', () => {
  test('a refusal, with its status, code and details', async () => {
    const { status, headers, body } = await ask('/stock/throw/refusal');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'urn:refusal:stock.unknown-item',
      title: 'Not Found',
      status: 404,
      detail: 'No product 7 here. Look in the catalogue.',
      instance: `urn:trace:${headers.get('x-trace-id')}`,
      statusCode: 404,
      message: 'No product 7 here. Look in the catalogue.',
      error: 'Not Found',
      traceId: headers.get('x-trace-id'),
      code: 'stock.unknown-item',
      details: { product: 7, note: 'card [card number]' },
    });
    const line = await lineOf('/stock/throw/:what');
    expect(line).toMatchObject({ level: 'info', error: { kind: 'Refusal', code: 'stock.unknown-item' } });
    expect(line.error).not.toHaveProperty('stack');
  });

  test.each([
    ['fault', 'Fault'],
    ['lost', 'Error'],
  ])('%s: 503 with Retry-After, and an error line', async (what, kind) => {
    const { status, headers, body } = await ask(`/stock/throw/${what}`);
    expect([status, headers.get('retry-after'), body.status]).toEqual([503, '1', 503]);
    expect(await lineOf('/stock/throw/:what')).toMatchObject({ level: 'error', error: { kind } });
  });

  test('a fault after the deadline: 504', async () => {
    const hasty = await start({}, 30);
    const { status, body } = await ask('/stock/late', {}, hasty);
    expect([status, body.title]).toEqual([504, 'Gateway Timeout']);
    await hasty.app.close();
  });

  test.each([
    ['bug', 'Bug'],
    ['unknown', 'TypeError'],
    ['text', 'string'],
  ])('%s: 500 that tells nothing of our inside, and an error line that tells it all', async (what, kind) => {
    const { status, text, body } = await ask(`/stock/throw/${what}`);
    expect([status, body.title]).toEqual([500, 'Internal Server Error']);
    expect(text).not.toContain('hunter2');
    const line = await lineOf('/stock/throw/:what');
    expect(line).toMatchObject({ level: 'error', trace: body.traceId, module: 'stock', error: { kind } });
    expect(line.error?.message).toContain('hunter2');
    if (what !== 'text') expect(line.error?.stack).toContain('shop.fixture');
  });

  test("a module's own HttpException, as it is", async () => {
    expect((await ask('/stock/throw/nest')).body).toMatchObject({ status: 404, message: 'Nothing here' });
    expect(await ask('/stock/throw/custom')).toMatchObject({
      status: 418,
      body: { status: 418, statusCode: 418, message: ['one', 'two'], detail: 'one; two', hint: 'three' },
    });
  });

  test.each([
    ['broken JSON', '/stock/orders', `{"card":"${CARD}",`, 'application/json', 400],
    ['an empty body', '/stock/orders', '', 'application/json', 400],
    ['a prototype in JSON', '/stock/orders', '{"__proto__":{"admin":true}}', 'application/json', 400],
    ['an unknown content type', '/stock/orders', 'a=b', 'text/csv', 415],
    ['a body over a megabyte', '/stock/orders', `"${'x'.repeat(1024 * 1024)}"`, 'application/json', 413],
    ['an unknown route', `/nowhere/${CARD}`, '{}', 'application/json', 404],
    ['a broken escape in the address', `/stock/%E0%A4%A/${CARD}`, '{}', 'application/json', 400],
  ])('what the server itself refuses: %s', async (_what, path, body, type, status) => {
    const answer = await post(path, body, type);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, statusCode: status, message: answer.body.detail });
    expect(answer.text).not.toContain(CARD);
    await until(() => written.length > 0);
    expect(written.join()).not.toContain(CARD);
    expect(answer.headers.get('x-trace-id')).toBe(lines()[0]?.trace);
  });

  test('bytes that are no HTTP', async () => {
    const client = socket();
    client.send('BREW /coffee\r\n\r\n');
    const answer = await client.until('"status":400');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
    await client.closed();
  });
});

describe('input', () => {
  test('is what its schema makes of it; unknown fields are ignored', async () => {
    const order = { items: [{ quantity: 2, colour: 'red' }], at: '2026-11-22', extra: 1 };
    const { status, body } = await post('/stock/orders', JSON.stringify(order));
    expect([status, body]).toEqual([
      202,
      { items: [{ quantity: 2 }], at: '2026-11-22T00:00:00.000Z', date: true },
    ]);
    expect((await ask('/stock/items/7')).body).toEqual({ id: 7, page: 1 });
  });

  test('that does not fit is refused with every place and reason', async () => {
    const { status, body } = await post(
      '/stock/orders',
      '{"items":[{"quantity":1},{"quantity":-1},{}],"at":"never"}',
    );
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: 'body', path: 'items[1].quantity', message: expect.stringContaining('>0') },
      { in: 'body', path: 'items[2].quantity', message: expect.stringContaining('expected number') },
      { in: 'body', path: 'at', message: expect.stringContaining('Invalid') },
    ]);
    expect(body.message).toHaveLength(3);
    expect(body.message[0]).toMatch(/^items\[1\]\.quantity: /);
    const line = await lineOf('/stock/orders');
    expect(line).toMatchObject({ level: 'info', error: { kind: 'InvalidInput', message: body.detail } });
  });

  test.each([
    ['path', '/stock/items/x', 'id'],
    ['query', '/stock/items/7?page=x', 'page'],
  ])('in the %s is checked too', async (part, path, where) => {
    expect((await ask(path)).body.errors).toEqual([{ in: part, path: where, message: expect.any(String) }]);
  });

  test('is never echoed', async () => {
    const { text } = await post(
      '/stock/orders',
      JSON.stringify({ items: [{ quantity: CARD }], at: 'hunter2' }),
    );
    expect(text).not.toMatch(/4111|hunter2/);
    expect((await ask(`/stock/items/hunter2`)).text).not.toContain('hunter2');
  });

  test('with thousands of errors gets twenty of them', async () => {
    const { body } = await post('/stock/orders', JSON.stringify({ items: Array(5_000).fill({}) }));
    expect(body.errors).toHaveLength(20);
  });
});
