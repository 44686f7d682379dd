import fc from 'fast-check';
import { details, goodUntil, objection, paymentMethod } from './checkout.rules.js';
import { CustomerCheckout } from './customer-checkout.js';

const NOW = new Date('2026-11-30T23:59:59Z');

function checkout(parts: Partial<CustomerCheckout> = {}): CustomerCheckout {
  return CustomerCheckout.parse({
    CustomerId: 7,
    FirstName: 'Ada',
    LastName: 'Byron',
    Street: 'St James Square 12',
    City: 'London',
    State: 'LDN',
    ZipCode: '1815',
    PaymentType: 'CREDIT_CARD',
    CardNumber: '4929 1234 5678 9012',
    CardHolderName: 'A Byron',
    CardExpiration: '1226',
    CardSecurityNumber: '123',
    CardBrand: 'VISA',
    Installments: 3,
    instanceId: 't1',
    ...parts,
  });
}

describe('a card', () => {
  it('is good to the last moment of its month', () => {
    expect(goodUntil('1126', NOW)).toBe(true);
    expect(goodUntil('1126', new Date('2026-12-01T00:00:00Z'))).toBe(false);
    expect(goodUntil('1226', new Date('2026-12-31T23:59:59Z'))).toBe(true);
    expect(goodUntil('1226', new Date('2027-01-01T00:00:00Z'))).toBe(false);
  });

  it.each(['', '1326', '0026', '126', '12/26', '2612x', ' 1226'])(
    'with expiration %j is refused',
    (expiration) => {
      expect(goodUntil(expiration, NOW)).toBe(false);
    },
  );
});

describe('a checkout', () => {
  it('meets no objection when card and customer are right', () =>
    expect(objection(7, checkout(), NOW)).toBeUndefined());

  it('of another customer than the path says is refused', () =>
    expect(objection(8, checkout(), NOW)).toMatchObject({
      code: 'checkout.other-customer',
      kind: 'invalid',
    }));

  it.each([
    [{ CardNumber: '1234' }, 'CardNumber'],
    [{ CardNumber: 'four thousand' }, 'CardNumber'],
    [{ CardSecurityNumber: '' }, 'CardSecurityNumber'],
    [{ CardExpiration: '1026' }, 'CardExpiration'],
  ])('with %j is refused for its %s', (parts, field) =>
    expect(objection(7, checkout(parts), NOW)).toMatchObject({
      code: 'checkout.unusable-card',
      details: { field },
    }),
  );

  it('never repeats in its refusal what was written on the card', () => {
    const refusal = objection(7, checkout({ CardNumber: '4929123456789012345678' }), NOW);
    expect(JSON.stringify({ ...refusal, message: refusal?.message })).not.toContain('4929');
  });

  it('by BOLETO needs no card', () => {
    const parts = {
      PaymentType: 'BOLETO',
      CardNumber: '',
      CardExpiration: '',
      CardSecurityNumber: '',
    } as const;
    expect(objection(7, checkout(parts), NOW)).toBeUndefined();
  });

  it('pays in one instalment unless by credit card', () => {
    expect(paymentMethod(checkout()).installments).toBe(3);
    expect(paymentMethod(checkout({ Installments: 0 })).installments).toBe(1);
    expect(details(checkout({ PaymentType: 'DEBIT_CARD' }), 'ref').Installments).toBe(1);
  });

  it('hands on nothing of the card but its brand and the reference', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[1-9]\d{15}$/),
        fc.stringMatching(/^[1-9]\d\d$/),
        (CardNumber, CardSecurityNumber) => {
          const told = details(checkout({ CardNumber, CardSecurityNumber: `x${CardSecurityNumber}` }), 'ref');
          expect(JSON.stringify(told)).not.toContain(CardNumber);
          expect(JSON.stringify(told)).not.toContain(`x${CardSecurityNumber}`);
        },
      ),
    );
    expect(details(checkout(), 'ref')).toMatchObject({ PaymentReference: 'ref', CardBrand: 'VISA' });
  });
});
