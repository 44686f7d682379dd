import { DashboardCheck, dashboardFaults } from './dashboard.js';

const entry = (changes: Record<string, unknown> = {}) => ({
  seller_id: 7,
  natural_key: '1_1',
  order_status: 'INVOICED',
  total_amount: 9.1,
  freight_value: 1.2,
  total_incentive: 0.9,
  total_invoice: 10.3,
  total_items: 10,
  ...changes,
});
const view = (changes: Record<string, unknown> = {}) => ({
  seller_id: 7,
  count_orders: 1,
  count_items: 2,
  total_amount: 18.2,
  total_freight: 2.4,
  total_incentive: 1.8,
  total_invoice: 20.6,
  total_items: 20,
  ...changes,
});
const faults = (sellerView: object, ...orderEntries: object[]) =>
  dashboardFaults(7, { sellerView, orderEntries } as Parameters<typeof dashboardFaults>[1]);

describe('I13: a dashboard answer agrees with itself', () => {
  it('is silent when it does, cents and all', () => {
    expect(faults(view(), entry(), entry())).toEqual([]);
  });

  it.each([
    'count_orders',
    'count_items',
    'total_amount',
    'total_freight',
    'total_incentive',
    'total_invoice',
    'total_items',
  ])('fires when %s is not what the entries give', (column) => {
    const wrong = view({ [column]: Number((view() as Record<string, number>)[column]) + 0.01 });
    expect(faults(wrong, entry(), entry())).toEqual([expect.stringContaining(column)]);
  });

  it('tells orders apart by customer and number', () => {
    expect(faults(view({ count_orders: 2 }), entry(), entry({ natural_key: '2_1' }))).toEqual([]);
  });

  it('fires for an entry that is not open, and for one of another seller', () => {
    expect(faults(view(), entry(), entry({ order_status: 'DELIVERED' }))).toEqual([
      '1_1 is DELIVERED, not open',
    ]);
    expect(faults(view(), entry(), entry({ seller_id: 8 }))).toEqual(['1_1 belongs to seller 8']);
  });

  it('counts wrong answers and keeps a sample', () => {
    const check = new DashboardCheck();
    check.look(7, JSON.stringify({ sellerView: view(), orderEntries: [entry(), entry()] }));
    check.look(7, JSON.stringify({ sellerView: view(), orderEntries: [entry()] }));
    expect([check.looked, check.wrong, check.sample.length]).toEqual([2, 1, 1]);
  });
});
