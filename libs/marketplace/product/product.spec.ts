import { type RunningModules, startModules } from '#testing';
import { ProductApi } from './contract/product.api.js';
import { ProductModule } from './product.module.js';
import { product } from './product.sample.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [ProductModule] });
});
afterAll(() => shop.stop());
beforeEach(() => shop.get(ProductApi).cleanup());

const tea = product();

const priceOf = (price: number, version = '0', instanceId = `price ${price}`) => ({
  sellerId: 1,
  productId: 1,
  price,
  version,
  instanceId,
});

/** What product published since the database was made, newest last. */
async function told(type: string) {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    'select payload from banyan.events where type = $1 order by id',
    [type],
  );
  return rows.map((row) => row.payload);
}

const updates = () =>
  shop.query<{ sequence: string; kind: string; price: string; version: string; tid: string }>(
    'select sequence, kind, price, version, tid from product.product_updates where seller_id = 1 order by sequence',
  );

describe('a seller', () => {
  it('offers a product, which everybody then finds', async () => {
    expect((await shop.http('POST', '/product', tea)).status).toBe(201);
    expect(await shop.http('GET', '/product/1/1')).toMatchObject({ status: 200, body: tea });
    expect(await shop.http('GET', '/product/1')).toMatchObject({ status: 200, body: [tea] });
    expect((await told('ProductCreated')).at(-1)).toMatchObject({ ...tea, sequence: 1, instanceId: '0' });
  });

  it('that offers the same product again tells nothing; a different one replaces it', async () => {
    await shop.http('POST', '/product', tea);
    const before = (await told('ProductUpdated')).length;
    await shop.http('POST', '/product', tea);
    expect(await updates()).toHaveLength(1);
    await shop.http('POST', '/product', { ...tea, name: 'green tea' });
    expect(await updates()).toMatchObject([{ kind: 'created' }, { sequence: '2', kind: 'replaced' }]);
    expect(await told('ProductUpdated')).toHaveLength(before + 1);
  });

  it('sets a price for the version that is current', async () => {
    await shop.http('POST', '/product', tea);
    expect((await shop.http('PATCH', '/product', priceOf(10.9))).status).toBe(202);
    expect((await shop.http('GET', '/product/1/1')).body.price).toBe(10.9);
    expect(await updates()).toMatchObject([
      {},
      { sequence: '2', kind: 'price', price: '10.90', tid: 'price 10.9' },
    ]);
    expect((await told('PriceUpdated')).at(-1)).toEqual({
      seller_id: 1,
      product_id: 1,
      price: 10.9,
      version: '0',
      sequence: 2,
      applied: true,
      instanceId: 'price 10.9',
    });
  });

  it('changes nothing by a price for an old version, which is told all the same', async () => {
    await shop.http('POST', '/product', tea);
    await shop.http('PUT', '/product', { ...tea, version: 'v2' });
    expect((await shop.http('PATCH', '/product', priceOf(99))).status).toBe(202);
    expect((await shop.http('GET', '/product/1/1')).body.price).toBe(10);
    expect((await told('PriceUpdated')).at(-1)).toMatchObject({ applied: false, sequence: 2, price: 99 });
    expect(await updates()).toHaveLength(2);
  });

  it('replaces a product under a new version', async () => {
    await shop.http('POST', '/product', tea);
    expect((await shop.http('PUT', '/product', { ...tea, version: 'v2', price: 12 })).status).toBe(202);
    expect((await shop.http('GET', '/product/1/1')).body).toMatchObject({ version: 'v2', price: 12 });
    expect((await told('ProductUpdated')).at(-1)).toMatchObject({
      version: 'v2',
      sequence: 2,
      instanceId: 'v2',
    });
  });

  it('hears 404, and the driver an ERROR mark, about a product that does not exist', async () => {
    const answers = [
      await shop.http('PATCH', '/product', priceOf(11, '0', 'lost price')),
      await shop.http('PUT', '/product', { ...tea, version: 'lost product' }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([404, 404]);
    const mark = { actorId: 1, status: 'ERROR', source: 'product' };
    expect((await told('TransactionMark')).slice(-2)).toEqual([
      { ...mark, tid: 'lost price', type: 'PRICE_UPDATE' },
      { ...mark, tid: 'lost product', type: 'UPDATE_PRODUCT' },
    ]);
    expect(await shop.query('select from product.products')).toHaveLength(0);
  });

  it('takes a product off the market once, under a new version', async () => {
    await shop.http('POST', '/product', tea);
    expect((await shop.http('DELETE', '/product/1/1')).status).toBe(202);
    const gone = (await shop.http('GET', '/product/1/1')).body;
    expect(gone).toMatchObject({ active: false });
    expect(gone.version).not.toBe('0');
    await shop.http('DELETE', '/product/1/1');
    expect((await shop.http('GET', '/product/1/1')).body).toEqual(gone);
    expect((await shop.http('DELETE', '/product/1/2')).status).toBe(404);
  });

  it.each([
    ['a negative price', { ...tea, price: -1 }],
    ['a third decimal', { ...tea, price: 1.234 }],
    ['no seller', { ...tea, seller_id: undefined }],
    ['an id beyond an integer', { ...tea, product_id: 2 ** 31 }],
  ])('hears 400 about %s', async (_, body) =>
    expect((await shop.http('POST', '/product', body)).status).toBe(400),
  );
});

describe('the numbers of a seller', () => {
  it('are dense, and the events of the seller stand in their order, however many change at once', async () => {
    const products = Array.from({ length: 5 }, (_, at) => ({ ...tea, product_id: at + 1 }));
    await Promise.all(products.map((product) => shop.http('POST', '/product', product)));
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        shop.http('PATCH', '/product', { ...priceOf(20 + at), productId: (at % 5) + 1 }),
      ),
    );
    const numbers = (await updates()).map((update) => Number(update.sequence));
    expect(numbers).toEqual(Array.from({ length: 45 }, (_, at) => at + 1));
    const events = await shop.query<{ sequence: number }>(
      `select (payload->>'sequence')::int as sequence from banyan.events
       where key = 'seller:1' and coalesce((payload->>'applied')::boolean, true) order by id desc limit 45`,
    );
    expect(events.map((event) => event.sequence).reverse()).toEqual(numbers);
  });

  it('go on after a reset, which makes every product version 0 and active', async () => {
    await shop.http('POST', '/product', tea);
    await shop.http('PUT', '/product', { ...tea, version: 'v2', price: 12, active: false });
    await shop.get(ProductApi).reset();
    expect((await shop.http('GET', '/product/1/1')).body).toMatchObject({
      version: '0',
      active: true,
      price: 12,
    });
    expect(await updates()).toEqual([
      { sequence: '3', kind: 'created', price: '12.00', version: '0', tid: '0' },
    ]);
  });
});

describe('a fact', () => {
  const held = (version: string, price = 10) => ({ sellerId: 1, productId: 1, version, price });

  it('names the last price of the version asked for, be it current, retired or unknown', async () => {
    await shop.http('POST', '/product', tea);
    await shop.http('PATCH', '/product', priceOf(11));
    await shop.http('PUT', '/product', { ...tea, version: 'v2', price: 12 });
    await shop.http('PATCH', '/product', priceOf(13, 'v2'));
    const nobody = { ...held('0'), sellerId: 9 };
    expect(await shop.get(ProductApi).current([held('0'), held('v2', 12), held('never'), nobody])).toEqual([
      { ...held('0'), lastPrice: 11, sequence: 4 },
      { ...held('v2', 12), lastPrice: 13, sequence: 4 },
      { ...held('never'), lastPrice: null, sequence: 4 },
      { ...nobody, lastPrice: null, sequence: 0 },
    ]);
  });
});
