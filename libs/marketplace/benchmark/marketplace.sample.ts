import type { RunningModules } from '#testing';

/** One seller's product with its stock, as a driver loads them. */
export async function loadProduct(shop: RunningModules, sellerId: number, productId: number): Promise<void> {
  await created(
    shop.http('POST', '/product', {
      seller_id: sellerId,
      product_id: productId,
      name: `Product ${productId}`,
      sku: 'ABCDEFGHIJKLMNOP',
      category: 'things',
      description: 'A thing.',
      price: 10,
      freight_value: 1.5,
      status: 'approved',
      version: '0',
      active: true,
    }),
  );
  await created(
    shop.http('POST', '/stock', {
      seller_id: sellerId,
      product_id: productId,
      qty_available: 10_000,
      qty_reserved: 0,
      order_count: 0,
      ytd: 10,
      data: 'A sentence.',
      version: '0',
      active: true,
    }),
  );
}

/** Registers a seller. */
export function loadSeller(shop: RunningModules, id: number): Promise<void> {
  return created(shop.http('POST', '/seller', { id, name: `Seller ${id}` }));
}

/** Registers a customer. */
export function loadCustomer(shop: RunningModules, id: number): Promise<void> {
  const names = { first_name: 'Ada', last_name: 'Moss', address: '1 Root Lane' };
  return created(
    shop.http('POST', '/customer', { id, ...names, zip_code: '12345', city: 'Figtree', state: 'GO' }),
  );
}

/** A customer puts products of one seller into the cart, and checks out. */
export async function buy(
  shop: RunningModules,
  customerId: number,
  sellerId: number,
  productIds: readonly number[],
  tid: string,
): Promise<void> {
  for (const productId of productIds) {
    const item = {
      SellerId: sellerId,
      ProductId: productId,
      ProductName: `Product ${productId}`,
      UnitPrice: 10,
      FreightValue: 1.5,
      Quantity: 1,
      Voucher: 0,
      Version: '0',
    };
    await created(shop.http('PATCH', `/cart/${customerId}/add`, item));
  }
  const checkout = {
    CustomerId: customerId,
    FirstName: 'Ada',
    LastName: 'Moss',
    Street: '1 Root Lane',
    City: 'Figtree',
    State: 'GO',
    ZipCode: '12345',
    PaymentType: 'BOLETO',
    instanceId: tid,
  };
  await created(shop.http('POST', `/cart/${customerId}/checkout`, checkout));
}

async function created(answer: ReturnType<RunningModules['http']>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
}
