import { setTimeout as pause } from 'node:timers/promises';
import { type Client, Unanswered } from './client.js';
import type { dataSet, IdRanges } from './data.js';
import type { Database } from './database.js';
import { randomFor } from './random.js';
import { pendingDeliveries } from './rest.js';

/** Rows on their way at a time: enough to fill two cores, and products and stock of one key arrive in either order. */
const LOADERS = 16;

/** Ids above everything that any module knows, so that a run touches nobody else's rows. */
export async function freeIds(database: Database): Promise<IdRanges> {
  const [row] = await database.query<{ customer: number; seller: number }>(
    `select greatest((select max(id) from customer.customers), (select max(customer_id) from cart.carts),
                     (select max(customer_id) from "order".customer_orders), 0) as customer,
            greatest((select max(id) from seller.sellers), (select max(seller_id) from product.products),
                     (select max(seller_id) from stock.stock_items), (select max(seller_id) from cart.replica_products), 0) as seller`,
  );
  return { firstCustomer: (row?.customer ?? 0) + 1, firstSeller: (row?.seller ?? 0) + 1 };
}

/**
 * Loads a data set over HTTP: one POST per row, all tables mixed.
 *
 * @param told called with rows done and rows in all
 * @param stop ends the loading early
 * @throws Error when a row is refused, or the system stays away
 */
export async function load(
  client: Client,
  data: ReturnType<typeof dataSet>,
  seed: number,
  told: (done: number, all: number) => void,
  stop: () => boolean,
): Promise<void> {
  const rows = randomFor(seed, 'load').shuffled([
    ...data.customers.map((row) => ['/customer', row] as const),
    ...data.sellers.map((row) => ['/seller', row] as const),
    ...data.products.map((row) => ['/product', row] as const),
    ...data.stock.map((row) => ['/stock', row] as const),
  ]);
  let next = 0;
  let done = 0;
  const loader = async () => {
    for (let row = rows[next++]; row && !stop(); row = rows[next++]) {
      await post(client, row[0], row[1], stop);
      told(++done, rows.length);
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, loader));
}

/** Loading is an upsert, so a row without an answer is sent again. */
async function post(client: Client, path: string, row: unknown, stop: () => boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await client.send('POST', path, path, row);
      if (answer.ok) return;
      throw new Error(
        `POST ${path} answered ${answer.status} to a generated row: ${answer.body.slice(0, 500)}`,
      );
    } catch (error) {
      if (!(error instanceof Unanswered) || attempt === 5) throw error;
      await client.present(stop);
    }
  }
}

/**
 * Waits until the loaded products have reached stock and the replica in cart.
 *
 * @throws Error when they have not within `seconds`, saying what is missing
 */
export async function settled(
  database: Database,
  firstSeller: number,
  products: number,
  seconds: number,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const [row] = await database.query<{ products: string; stock: string; replica: string }>(
      `select (select count(*) from product.products where seller_id >= $1) as products,
              (select count(*) from stock.stock_items where seller_id >= $1) as stock,
              (select count(*) from cart.replica_products where seller_id >= $1) as replica`,
      [firstSeller],
    );
    const counts = [Number(row?.products), Number(row?.stock), Number(row?.replica)];
    const pending = await pendingDeliveries(database);
    if (counts.every((count) => count >= products) && pending.length === 0) return;
    if (performance.now() > until) {
      throw new Error(
        `After ${seconds} s the loaded data have not settled: of ${products} products, product has ${counts[0]}, stock ${counts[1]}, ` +
          `the replica in cart ${counts[2]}; pending: ${pending.map((p) => `${p.listener} ${p.count}`).join(', ') || 'nothing'}. ` +
          'Look at npx banyan dead-letters list.',
      );
    }
    await pause(200);
  }
}
