import { startModules } from '#testing';
import { marketplace } from '../../marketplace/modules.js';
import { startCarrier } from '../../stand-ins/carrier/carrier.js';
import { startPaymentProvider } from '../../stand-ins/payment-provider/payment-provider.js';
import { Database } from './database.js';
import { drive } from './drive.js';
import { readOptions } from './options.js';
import { Progress } from './progress.js';

const SMALL = ['--seconds', '3', '--concurrency', '4', '--customers', '20', '--products', '20'];

it('drives the real marketplace, with failing payments, and finds nothing wrong; then a defect, and finds it', async () => {
  const provider = await startPaymentProvider({ behaviour: { failPercent: 20 } });
  const carrier = await startCarrier();
  const shop = await startModules({
    here: marketplace,
    settings: { BENCH: 'true', PAYMENT_PROVIDER_URL: provider.url, CARRIER_URL: carrier.url },
  });
  const database = new Database(async () => shop.database.url);
  const run = (...args: string[]) =>
    drive(
      readOptions(['node', 'drive', ...SMALL, '--url', shop.url, ...args]),
      database,
      new AbortController().signal,
      new Progress({ write: () => true }),
    );
  try {
    const first = await run(
      '--reset',
      '--mix',
      'CUSTOMER_SESSION=50,PRICE_UPDATE=70,UPDATE_PRODUCT=80,QUERY_DASHBOARD=90,UPDATE_DELIVERY=100',
    );
    expect(first.verdict).toEqual([]);
    expect(first.requests.failures).toEqual([]);
    expect(first.measured.transactions.CUSTOMER_SESSION.count).toBeGreaterThan(0);
    expect(first.findings?.causal.carts).toBeGreaterThan(0);

    const before = await shop.query(`select count(*) as orders from "order".orders`);
    await shop.query('update stock.stock_items set qty_available = qty_available - 1');
    const second = await run('--products', '10');
    // A run above the first one's ids destroys nothing, and I2 judges its own products only.
    expect(second.verdict).toEqual([]);
    const after = await shop.query(
      `select count(*) as orders from "order".orders where not starts_with(tid, $1)`,
      [`${second.run}-`],
    );
    expect(after).toEqual(before);

    await shop.query(
      `update customer.customers set success_payment_count = success_payment_count + 1 where id = 1`,
    );
    const third = await run('--seconds', '1', '--products', '10');
    expect(third.verdict).toEqual([expect.stringContaining('I9 is violated by 1 rows')]);
  } finally {
    await database.close();
    await shop.stop();
    await provider.stop();
    await carrier.stop();
  }
});
