import { Client } from 'pg';
import type { CartItem, CheckoutDetails } from '#marketplace/cart';
import type { RunningModules } from '#testing';

/** A product as a seller offers it. */
export const product = (parts: Record<string, unknown> = {}) => ({
  seller_id: 1,
  product_id: 1,
  name: 'tea',
  sku: 'TEA0000000000001',
  category: 'drinks',
  description: 'leaves',
  price: 10,
  freight_value: 1.5,
  status: 'approved',
  active: true,
  version: '0',
  ...parts,
});

/** That product as a line of a cart. */
export const item = (parts: Partial<CartItem> = {}): CartItem => ({
  SellerId: 1,
  ProductId: 1,
  ProductName: 'tea',
  UnitPrice: 10,
  FreightValue: 1.5,
  Quantity: 2,
  Voucher: 0,
  Version: '0',
  ...parts,
});

/** A checkout of customer 7 as cart gets it. */
export const details = (instanceId: string): CheckoutDetails => ({
  CustomerId: 7,
  FirstName: 'Ada',
  LastName: 'Byron',
  Street: 'St James Square 12',
  Complement: '',
  City: 'London',
  State: 'LDN',
  ZipCode: '1815',
  PaymentType: 'BOLETO',
  PaymentReference: 'none',
  CardBrand: '',
  Installments: 1,
  instanceId,
});

/** Payloads of the events of a type, oldest first. */
export async function told(shop: RunningModules, type: string): Promise<Record<string, unknown>[]> {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    'select payload from banyan.events where type = $1 order by id',
    [type],
  );
  return rows.map((row) => row.payload);
}

/** Runs `work` while another session holds what `lock` locks. */
export async function whileLocked<T>(shop: RunningModules, lock: string, work: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: shop.database.url, application_name: 'test lock' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(lock);
    return await work();
  } finally {
    await client.end();
  }
}

/** Runs `work` while the replica can be read but hears nothing new. */
export function whileReplicaLags<T>(shop: RunningModules, work: () => Promise<T>): Promise<T> {
  return whileLocked(shop, 'lock table cart.replica_sellers in exclusive mode', work);
}
