import { type PaymentProvider, startPaymentProvider } from './payment-provider.js';

type Reply = { status: number; body: Record<string, unknown> };

describe('the payment provider’s stand-in', () => {
  let provider: PaymentProvider;
  beforeEach(async () => {
    provider = await startPaymentProvider();
  });
  afterEach(() => provider.stop());

  async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Reply> {
    const response = await fetch(provider.url + path, { method, body: JSON.stringify(body), signal });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  const charge = (key: string, signal?: AbortSignal) =>
    send(
      'POST',
      '/esp',
      { Customer: '1', Amount: 12.5, PaymentMethod: 'BOLETO', IdempotencyKey: key, Currency: 'USD' },
      signal,
    );
  const statuses = async (keys: number) => {
    const replies = await Promise.all(Array.from({ length: keys }, (_, index) => charge(`key-${index}`)));
    return replies.map((reply) => reply.body.status as string);
  };

  it('answers the same to the same key, and charges it once', async () => {
    const first = await charge('7-20260101-1');
    expect(first).toMatchObject({
      status: 200,
      body: { amount: 12.5, status: 'succeeded', currency: 'USD', customer: '1' },
    });
    expect(await charge('7-20260101-1')).toEqual(first);
    expect((await send('GET', '/charges?key=7-20260101-1')).body).toEqual({
      requests: 2,
      charged: 1,
      status: 'succeeded',
    });
  });

  it('refuses as many as it is told, the same ones each time', async () => {
    await send('PATCH', '/behaviour', { failPercent: 30 });
    const first = await statuses(400);
    const refused = first.filter((status) => status !== 'succeeded').length;
    expect(refused).toBeGreaterThan(80);
    expect(refused).toBeLessThan(160);
    await provider.stop();
    provider = await startPaymentProvider({ behaviour: { failPercent: 30 } });
    expect(await statuses(400)).toEqual(first);
  });

  it('carries out what it is silent about', async () => {
    await send('PATCH', '/behaviour', { silentPercent: 100 });
    await expect(charge('silent', AbortSignal.timeout(100))).rejects.toThrow();
    await send('PATCH', '/behaviour', { silentPercent: 0 });
    expect((await charge('silent')).body.status).toBe('succeeded');
    expect((await send('GET', '/charges?key=silent')).body).toMatchObject({ requests: 2, charged: 1 });
  });

  it('charges once what arrives twice', async () => {
    await send('PATCH', '/behaviour', { doublePercent: 100 });
    await charge('double');
    expect((await send('GET', '/charges')).body).toMatchObject({ requests: 2, charged: 1, keys: 1 });
  });

  it('fails as often as it is told, and a key that failed succeeds later', async () => {
    await send('PATCH', '/behaviour', { errorPercent: 100 });
    expect((await charge('error')).status).toBe(500);
    await send('PATCH', '/behaviour', { errorPercent: 50 });
    const replies: number[] = [];
    while (replies.at(-1) !== 200 && replies.length < 50) replies.push((await charge('error')).status);
    expect(replies.at(-1)).toBe(200);
    expect((await send('GET', '/charges?key=error')).body).toMatchObject({ charged: 1 });
  });

  it('says what is wrong with a change of behaviour, and does not take it', async () => {
    const unknown = await send('PATCH', '/behaviour', { failPercentage: 10 });
    expect(unknown).toMatchObject({ status: 400, body: { message: expect.stringContaining('failPercent') } });
    expect((await send('PATCH', '/behaviour', { failPercent: 101 })).status).toBe(400);
    expect((await send('GET', '/behaviour')).body).toMatchObject({ failPercent: 0 });
  });

  it('refuses what is not a charge without repeating it', async () => {
    const reply = await send('POST', '/esp', { Amount: 1, cardOptions: { Number: '4111111111111111' } });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).not.toContain('4111');
  });

  it('stops at once with a request in hand', async () => {
    await send('PATCH', '/behaviour', { delayMs: 60_000 });
    const cutOff = expect(charge('slow')).rejects.toThrow();
    let inHand = false;
    while (!inHand) inHand = (await send('GET', '/charges')).body.requests === 1;
    await provider.stop();
    await cutOff;
  });
});
