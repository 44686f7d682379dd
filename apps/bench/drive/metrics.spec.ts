import { Metrics } from './metrics.js';

const success = (at: number, latency = 5) => ({ outcome: 'SUCCESS', at, latency }) as const;

it('counts what succeeded before the end of the run, in all and per epoch', () => {
  const metrics = new Metrics();
  for (const at of [1_000, 2_000, 10_999, 11_001, 20_999]) metrics.record('PRICE_UPDATE', success(at));
  metrics.record('PRICE_UPDATE', success(26_500));
  const measured = metrics.measured(1_000, 26_000);
  expect(measured).toMatchObject({ seconds: 25, completed: 5, perSecond: 0.2, late: 1 });
  expect(measured.epochs).toEqual([
    { from: 0, to: 10, completed: 3, perSecond: 0.3 },
    { from: 10, to: 20, completed: 2, perSecond: 0.2 },
    { from: 20, to: 25, completed: 0, perSecond: 0 },
  ]);
});

it('summarises the times of each transaction by itself', () => {
  const metrics = new Metrics();
  metrics.record('PRICE_UPDATE', success(10, 4));
  metrics.record('PRICE_UPDATE', success(11, 8));
  metrics.record('UPDATE_DELIVERY', success(12, 100));
  const { transactions } = metrics.measured(0, 1_000);
  expect(transactions.PRICE_UPDATE).toMatchObject({ count: 2, mean: 6, p50: 4, max: 8 });
  expect(transactions.UPDATE_DELIVERY).toMatchObject({ count: 1, mean: 100 });
  expect(transactions.CUSTOMER_SESSION.count).toBe(0);
});

it('tells what did not succeed by transaction, outcome and source', () => {
  const metrics = new Metrics();
  metrics.record('CUSTOMER_SESSION', { outcome: 'NOT_ACCEPTED', source: 'stock', at: 1 });
  metrics.record('CUSTOMER_SESSION', { outcome: 'NOT_ACCEPTED', source: 'stock', at: 2 });
  metrics.record('CUSTOMER_SESSION', { outcome: 'NOT_ACCEPTED', source: 'payment', at: 3 });
  metrics.record('UPDATE_DELIVERY', { outcome: 'UNKNOWN', at: 4 });
  expect(metrics.measured(0, 1_000)).toMatchObject({
    completed: 0,
    aborts: [
      { type: 'CUSTOMER_SESSION', outcome: 'NOT_ACCEPTED', source: 'stock', count: 2 },
      { type: 'CUSTOMER_SESSION', outcome: 'NOT_ACCEPTED', source: 'payment', count: 1 },
      { type: 'UPDATE_DELIVERY', outcome: 'UNKNOWN', source: '', count: 1 },
    ],
  });
});
