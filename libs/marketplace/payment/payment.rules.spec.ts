import fc from 'fast-check';
import { fromCents, toCents } from '#marketplace/money';
import type { InvoiceIssued } from '#marketplace/order';
import { installmentsOf, lastDigits, masked, paymentLines } from './payment.rules.js';
import { owedByCard } from './payment.sample.js';

const pays = (type: InvoiceIssued['customer']['PaymentType'], Installments = 1) => {
  const invoice = owedByCard();
  return { ...invoice, customer: { ...invoice.customer, PaymentType: type, Installments } };
};

describe('the lines of a payment', () => {
  it('are the money, and a voucher for each line of the order that had one', () => {
    expect(paymentLines(owedByCard([0, 2.5, 1]), 'succeeded')).toEqual([
      { sequential: 1, type: 'CREDIT_CARD', installments: 3, value: 32.5, status: 'succeeded' },
      { sequential: 2, type: 'VOUCHER', installments: 1, value: 2.5, status: null },
      { sequential: 3, type: 'VOUCHER', installments: 1, value: 1, status: null },
    ]);
  });

  it('are the money alone when the provider refused', () => {
    expect(paymentLines(owedByCard([2.5]), 'canceled')).toEqual([
      { sequential: 1, type: 'CREDIT_CARD', installments: 3, value: 9.5, status: 'canceled' },
    ]);
  });

  it('always add up to the order without vouchers, to the cent', () => {
    const incentive = fc.integer({ min: 0, max: 1_000 }).map(fromCents);
    fc.assert(
      fc.property(fc.array(incentive, { minLength: 1, maxLength: 10 }), (incentives) => {
        const invoice = owedByCard(incentives);
        const lines = paymentLines(invoice, 'succeeded');
        const full = invoice.items.reduce(
          (sum, item) => sum + toCents(item.total_items) + toCents(item.freight_value),
          0,
        );
        expect(lines.reduce((sum, line) => sum + toCents(line.value), 0)).toBe(full);
        expect(lines.map((line) => line.sequential)).toEqual(lines.map((_, index) => index + 1));
      }),
    );
  });

  it.each([
    ['CREDIT_CARD', 6, 6],
    ['CREDIT_CARD', 0, 1],
    ['DEBIT_CARD', 6, 1],
    ['BOLETO', 0, 1],
  ] as const)('by %s asked for %i instalments have %i', (type, asked, kept) => {
    expect(paymentLines(pays(type, asked), 'succeeded')[0]).toMatchObject({ type, installments: kept });
    expect(installmentsOf(type, asked)).toBe(kept);
  });
});

it('no more than a third of a card number stays, and four digits at most', () => {
  expect(masked(lastDigits('4111 1111-1111 1234'))).toBe('************1234');
  expect(lastDigits('123456')).toBe('56');
  expect(lastDigits('12')).toBe('');
  expect(lastDigits('')).toBe('');
});
