import { setTimeout as pause } from 'node:timers/promises';

/** A request that was not answered as it should have been, and when, on the clock of `performance.now()`. */
export interface Failure {
  readonly what: string;
  readonly began: number;
  readonly ended: number;
}

/** Some customers who buy without end, and somebody who looks at what is asked for, until they are stopped. */
export interface Traffic {
  /** The ids of checkouts that were accepted. */
  readonly accepted: string[];
  readonly failures: Failure[];
  /** Requests answered as they should be. */
  answered(): number;
  stop(): Promise<void>;
}

const ADDRESS = { Street: 's', Complement: '', City: 'c', State: 's', ZipCode: 'z' };
const CARD = {
  CardNumber: '4000000000000002',
  CardHolderName: 'Ada V',
  CardExpiration: '1239',
  CardSecurityNumber: '987',
};
const CHECKOUT = {
  FirstName: 'Ada',
  LastName: 'V',
  ...ADDRESS,
  PaymentType: 'CREDIT_CARD',
  ...CARD,
  CardBrand: 'VISA',
  Installments: 1,
};
const ITEM = {
  ProductName: 'Oak stool',
  UnitPrice: 79.5,
  FreightValue: 4.9,
  Quantity: 1,
  Voucher: 0,
  Version: '0',
};

/** A request and the status that it has to be answered with. */
export type Expected = readonly [method: string, path: string, status: number, body?: object];

/**
 * Lets customers of the demo data buy over HTTP, one after the other each, while the `others` are asked in turn.
 *
 * @param name a part of the ids of the checkouts, to tell runs apart
 */
export function startTraffic(url: string, name: string, others: readonly Expected[]): Traffic {
  const accepted: string[] = [];
  const failures: Failure[] = [];
  let answered = 0;
  let stopped = false;
  const ask = async ([method, path, expected, body]: Expected): Promise<boolean> => {
    const began = performance.now();
    const got = await fetch(url + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).then(
      async (answer) =>
        answer.status === expected ? 'as expected' : `${answer.status} ${await answer.text()}`,
      (error: Error) => `${error.message}: ${error.cause}`,
    );
    if (got === 'as expected') answered += 1;
    else failures.push({ what: `${method} ${path}: ${got}`, began, ended: performance.now() });
    return got === 'as expected';
  };
  const buy = async (customer: number) => {
    for (let turn = 0; !stopped; turn += 1) {
      const tid = `${name}-${customer}-${turn}`;
      const item = { SellerId: customer, ProductId: 1 + (turn % 10), ...ITEM };
      const body = { CustomerId: customer, instanceId: tid, ...CHECKOUT };
      const added = await ask(['PATCH', `/cart/${customer}/add`, 202, item]);
      if (added && (await ask(['POST', `/cart/${customer}/checkout`, 202, body]))) accepted.push(tid);
      await pause(20);
    }
  };
  const look = async () => {
    for (let turn = 0; !stopped; turn += 1) {
      await ask(others[turn % others.length] as Expected);
      await pause(5);
    }
  };
  const all = [1, 2, 3].map(buy).concat(look());
  return {
    accepted,
    failures,
    answered: () => answered,
    stop: async () => {
      stopped = true;
      await Promise.all(all);
    },
  };
}

/** Lets one customer of the demo data buy one thing. @throws Error when that is not accepted */
export async function oneCheckout(
  url: string,
  customer: number,
  tid: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const send = async (method: string, path: string, body: object) => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  await send('PATCH', `/cart/${customer}/add`, { SellerId: 1, ProductId: 1, ...ITEM });
  await send('POST', `/cart/${customer}/checkout`, { CustomerId: customer, instanceId: tid, ...CHECKOUT });
}
