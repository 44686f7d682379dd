import { checkSteps, judge, type News, type Step, steps } from './order.status.rules.js';

const news: News[] = ['paid', 'not paid', 'approved', 'delivery_in_progress', 'concluded'];

/** What every piece of news means in every status that an order can have, in the order of `news`. */
const table = {
  INVOICED: ['go', 'go', 'early', 'early', 'early'],
  PAYMENT_PROCESSED: ['late', 'never', 'go', 'early', 'early'],
  READY_FOR_SHIPMENT: ['late', 'never', 'late', 'go', 'early'],
  IN_TRANSIT: ['late', 'never', 'late', 'late', 'go'],
  DELIVERED: ['late', 'never', 'late', 'late', 'late'],
  PAYMENT_FAILED: ['never', 'late', 'never', 'never', 'never'],
} as const;

describe('what news means for an order', () => {
  const cases = Object.entries(table).flatMap(([status, row]) =>
    news.map((one, index) => [one, status as keyof typeof table, row[index]] as const),
  );
  it.each(cases)('"%s" of an order that is %s: %s', (one, status, verdict) => {
    expect(judge(status, one)).toBe(verdict);
  });
});

describe('the table of steps', () => {
  it('holds as it stands', () => {
    expect(() => checkSteps()).not.toThrow();
  });

  const broken: [string, Record<string, Step>, string][] = [
    [
      'skips a part of the path',
      { ...steps, approved: { from: 'INVOICED', to: 'READY_FOR_SHIPMENT' } },
      'skips',
    ],
    [
      'starts beside the path',
      { ...steps, paid: { from: 'CREATED', to: 'PAYMENT_PROCESSED' } },
      'not on the path',
    ],
    ['goes on from an end', { ...steps, again: { from: 'DELIVERED', to: 'INVOICED' } }, 'which is an end'],
    ['leads nowhere', { ...steps, lost: { from: 'INVOICED', to: 'CANCELED' } }, 'nowhere'],
    ['leaves an end unreached', { paid: steps.paid }, 'nothing leads to'],
  ];
  it.each(broken)('is refused when it %s', (_, wrong, reason) => {
    expect(() => checkSteps(wrong)).toThrow(reason);
  });
});
