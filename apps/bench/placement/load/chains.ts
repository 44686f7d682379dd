/** The two things that are asked for: a synchronous chain that reads, and one that writes. */
export type ChainName = 'tracking' | 'checkout';

/** One request, as it goes over the wire, but for its host. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** The status that means success; any other is an abort. */
  readonly expects: number;
}

/** Where an order is: any customer, the same sequence for every variant. */
export function trackingRequest(at: number, orders: number): Asked {
  // A fixed stride spreads them over all pages; 7919 is prime, so every order has its turn.
  return { method: 'GET', path: `/tracking/${((at * 7919) % orders) + 1}/1`, expects: 200 };
}

/** One customer's checkout. */
export function checkoutRequest(customer: number, tid: string): Asked {
  const body = JSON.stringify({
    CustomerId: customer,
    FirstName: 'Ada',
    LastName: 'Vento',
    Street: '1 Fig Street',
    Complement: '',
    City: 'Banyan Hill',
    State: 'BH',
    ZipCode: '10001',
    PaymentType: 'CREDIT_CARD',
    CardNumber: '4000000000000002',
    CardHolderName: 'Ada Vento',
    CardExpiration: '1299',
    CardSecurityNumber: '123',
    CardBrand: 'VISA',
    Installments: 3,
    instanceId: tid,
  });
  return { method: 'POST', path: `/cart/${customer}/checkout`, body, expects: 202 };
}
