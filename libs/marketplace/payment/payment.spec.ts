import { InvoiceIssued as Invoice, type InvoiceIssued } from '#marketplace/order';
import { Tasks } from '#platform/telemetry';
import { type RunningModules, startModules } from '#testing';
import {
  type PaymentProvider,
  startPaymentProvider,
} from '../../../apps/stand-ins/payment-provider/payment-provider.js';
import { PaymentApi, type PaymentMethod } from './contract/index.js';
import { PaymentData } from './payment.data.js';
import { PaymentModule } from './payment.module.js';
import { owedByCard } from './payment.sample.js';
import { PaymentVaultSweep } from './payment.vault-sweep.process.js';

const number = '4111111111111111';
let provider: PaymentProvider;
let shop: RunningModules;
beforeAll(async () => {
  provider = await startPaymentProvider();
  shop = await startModules({
    here: [PaymentModule],
    settings: { PAYMENT_PROVIDER_URL: provider.url, CALL_TIMEOUT_MS: '300' },
  });
});
afterAll(async () => {
  await shop?.stop();
  await provider?.stop();
});
afterEach(() => behave({ failPercent: 0, delayMs: 0, silentPercent: 0, doublePercent: 0, errorPercent: 0 }));

async function behave(change: Record<string, number>): Promise<void> {
  const body = JSON.stringify(change);
  const { status } = await fetch(`${provider.url}/behaviour`, { method: 'PATCH', body });
  expect(status).toBe(200);
}

/** What the provider has seen of an invoice. */
async function seen(invoice: InvoiceIssued): Promise<{ requests: number; charged: number } | undefined> {
  const answer = await fetch(`${provider.url}/charges?key=${invoice.invoiceNumber}`);
  return answer.ok ? ((await answer.json()) as { requests: number; charged: number }) : undefined;
}

const keep = (tid: string, over: Partial<PaymentMethod> = {}) =>
  shop.get(PaymentApi).keepMethod({
    tid,
    customerId: 1,
    type: 'CREDIT_CARD',
    number,
    holderName: 'Ada Byron',
    expiration: '1230',
    brand: 'VISA',
    installments: 3,
    ...over,
  });

/** An invoice of a customer of its own, whose card payment keeps. */
let customers = 0;
async function owed(incentives: number[] = [0], over: Partial<PaymentMethod> = {}): Promise<InvoiceIssued> {
  const customerId = ++customers;
  const { reference } = await keep(`checkout-${customerId}-1`, { customerId, ...over });
  const invoice = owedByCard(incentives, { customerId, reference });
  return { ...invoice, customer: { ...invoice.customer, PaymentType: over.type ?? 'CREDIT_CARD' } };
}
const told = async (type: string, tid: string) => {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    `select payload from banyan.events where type = $1 and coalesce(payload->>'instanceId', payload->>'tid') = $2 order by id`,
    [type, tid],
  );
  return rows.map((row) => row.payload);
};
const linesOf = async ({ customer, orderId }: InvoiceIssued) =>
  (await shop.http('GET', `/payment/${customer.CustomerId}/${orderId}`)).body as Record<string, unknown>[];
const ledgerOf = async ({ invoiceNumber }: InvoiceIssued) => {
  const [row] = await shop.query(
    'select status, calls, provider_id from payment.charges where invoice_number = $1',
    [invoiceNumber],
  );
  return row;
};

describe('an invoice', () => {
  it('is charged to the card that was left for it, and told', async () => {
    const invoice = await owed([0, 2.5]);
    await shop.publish(Invoice, invoice);
    await shop.drain();
    expect(await seen(invoice)).toMatchObject({ requests: 1, charged: 1 });
    const { customer, orderId, items, totalInvoice: totalAmount, instanceId } = invoice;
    const money = { sequential: 1, type: 'CREDIT_CARD', installments: 3, value: 21.5, status: 'succeeded' };
    const card = {
      card_number: '************1111',
      card_holder_name: 'Ada Byron',
      card_expiration: '1230',
      card_brand: 'VISA',
    };
    expect(await linesOf(invoice)).toMatchObject([
      { customer_id: customer.CustomerId, order_id: orderId, ...money, card },
      { sequential: 2, type: 'VOUCHER', installments: 1, value: 2.5, status: null, card: null },
    ]);
    expect(await told('PaymentConfirmed', instanceId)).toEqual([
      { customer, orderId, totalAmount, items, date: expect.any(String), instanceId },
    ]);
    expect(await ledgerOf(invoice)).toMatchObject({
      status: 'succeeded',
      calls: 1,
      provider_id: expect.any(String),
    });
  });

  it('is charged once, however often it is told', async () => {
    const invoice = await owed();
    await Promise.all([1, 2, 3].map(() => shop.publish(Invoice, invoice)));
    await shop.drain();
    await shop.publish(Invoice, invoice);
    await shop.drain();
    expect(await seen(invoice)).toMatchObject({ requests: 1, charged: 1 });
    expect(await told('PaymentConfirmed', invoice.instanceId)).toHaveLength(1);
  });

  it('by BOLETO has one line, no card and one instalment', async () => {
    const invoice = await owed([0], { type: 'BOLETO', number: '', installments: 0 });
    await shop.publish(Invoice, invoice);
    await shop.drain();
    expect(await linesOf(invoice)).toMatchObject([
      { type: 'BOLETO', installments: 1, value: 12, card: null },
    ]);
  });

  it('that the provider refuses is a failed payment: the checkout is not accepted', async () => {
    await behave({ failPercent: 100 });
    const invoice = await owed([2.5]);
    await shop.publish(Invoice, invoice);
    await shop.drain();
    const [failed] = await told('PaymentFailed', invoice.instanceId);
    expect(failed).toMatchObject({ orderId: 1, totalAmount: 9.5, items: invoice.items });
    expect(['requires_payment_method', 'canceled']).toContain(failed?.['status']);
    expect(await told('TransactionMark', invoice.instanceId)).toEqual([
      {
        tid: invoice.instanceId,
        type: 'CUSTOMER_SESSION',
        actorId: invoice.customer.CustomerId,
        status: 'NOT_ACCEPTED',
        source: 'payment',
      },
    ]);
    expect(await linesOf(invoice)).toMatchObject([{ sequential: 1, value: 9.5, status: failed?.['status'] }]);
    expect(await seen(invoice)).toMatchObject({ charged: 0 });
  });

  it('without a way to pay fails without asking the provider', async () => {
    const invoice = owedByCard([0], { customerId: ++customers, reference: 'nobody knows' });
    await shop.publish(Invoice, invoice);
    await shop.drain();
    expect(await told('PaymentFailed', invoice.instanceId)).toMatchObject([
      { status: 'requires_payment_method' },
    ]);
    expect(await seen(invoice)).toBeUndefined();
  });
});

describe('an invoice whose charge can’t even be intended', () => {
  beforeAll(async () => {
    await shop.query(`create function payment.test_refuse() returns trigger language plpgsql as
      $$ begin if new.type = 'PaymentRequested' then raise exception 'not this one'; end if; return new; end $$`);
    await shop.query(`create trigger test_refuse before insert on banyan.events
      for each row execute function payment.test_refuse()`);
  });
  afterAll(async () => {
    await shop.query('drop trigger if exists test_refuse on banyan.events');
    await shop.query(`delete from banyan.deliveries where state = 'dead'`);
  });

  it('is a failed payment, since nothing was taken, and is never charged: a replay changes nothing', async () => {
    const invoice = await owed([2.5]);
    const event = await shop.publish(Invoice, invoice);
    const intend = `listener = 'payment.intend' and event_id = ${event}`;
    const failed = () => shop.query(`select from banyan.deliveries where ${intend} and attempts > 0`);
    while ((await failed()).length === 0) await new Promise(setImmediate);
    await shop.query(`update banyan.deliveries set attempts = 7, due_at = clock_timestamp() where ${intend}`);
    await shop.drain({ dead: 'allowed' });
    expect(await shop.query(`select state from banyan.deliveries where ${intend}`)).toEqual([
      { state: 'dead' },
    ]);
    const { customer, orderId, items, totalInvoice: totalAmount, instanceId } = invoice;
    const failure = { status: 'canceled', customer, orderId, items, totalAmount, instanceId };
    expect(await told('PaymentFailed', instanceId)).toEqual([failure]);
    expect(await told('TransactionMark', instanceId)).toMatchObject([{ status: 'NOT_ACCEPTED' }]);
    expect(await linesOf(invoice)).toMatchObject([{ sequential: 1, value: 9.5, status: 'canceled' }]);
    expect(await shop.query('select from payment.methods where card_number is not null')).toEqual([]);

    await shop.query('drop trigger test_refuse on banyan.events');
    await shop.query(
      `update banyan.deliveries set state = 'pending', settled_at = null, reason = null, due_at = now() where ${intend}`,
    );
    await shop.drain();
    expect(await told('PaymentRequested', instanceId)).toEqual([]);
    expect(await told('PaymentFailed', instanceId)).toHaveLength(1);
    expect(await seen(invoice)).toBeUndefined();
  });
});

describe('a provider', () => {
  it('that is silent after it charged is asked again under the same key: the customer is charged once', async () => {
    await behave({ silentPercent: 100 });
    const invoice = await owed();
    await shop.publish(Invoice, invoice);
    let requests = 0;
    while (requests < 2) requests = (await seen(invoice))?.requests ?? 0;
    expect(await linesOf(invoice)).toMatchObject({ statusCode: 404, code: 'payment.unknown' });
    await behave({ silentPercent: 0 });
    await shop.drain();
    expect(await seen(invoice)).toMatchObject({ charged: 1 });
    expect(await told('PaymentConfirmed', invoice.instanceId)).toHaveLength(1);
    expect(await ledgerOf(invoice)).toMatchObject({ status: 'succeeded', calls: expect.any(Number) });
  });

  it('that is down is asked again once it is up', async () => {
    const port = Number(new URL(provider.url).port);
    await provider.stop();
    const invoice = await owed();
    const event = await shop.publish(Invoice, invoice);
    let attempts = 0;
    while (attempts === 0) {
      const sql = `select max(d.attempts)::int as attempts from banyan.deliveries d join banyan.events e on e.id = d.event_id
        where e.causation = $1 and d.listener = 'payment.charge'`;
      attempts = (await shop.query<{ attempts: number | null }>(sql, [event]))[0]?.attempts ?? 0;
    }
    provider = await startPaymentProvider({ port });
    await shop.drain();
    expect(await seen(invoice)).toMatchObject({ charged: 1 });
    expect(await told('PaymentConfirmed', invoice.instanceId)).toHaveLength(1);
  });

  it('that fails now and then and hears twice charges each invoice once', async () => {
    await behave({ errorPercent: 30, doublePercent: 50 });
    const invoices = await Promise.all(Array.from({ length: 6 }, () => owed()));
    await Promise.all(invoices.map((invoice) => shop.publish(Invoice, invoice)));
    await shop.drain();
    for (const invoice of invoices) {
      expect(await seen(invoice)).toMatchObject({ charged: 1 });
      expect(await told('PaymentConfirmed', invoice.instanceId)).toHaveLength(1);
    }
  });

  it('that charged something else is not believed: dead at once, and told to drivers', async () => {
    const invoice = await owed();
    const body = JSON.stringify({ IdempotencyKey: invoice.invoiceNumber, Amount: 1, Customer: '1' });
    await fetch(`${provider.url}/esp`, { method: 'POST', body });
    await shop.publish(Invoice, invoice);
    await shop.drain({ dead: 'allowed' });
    expect(await told('PaymentConfirmed', invoice.instanceId)).toEqual([]);
    expect(await told('TransactionMark', invoice.instanceId)).toMatchObject([
      { status: 'ABORT', source: 'payment' },
    ]);
    await shop.query(`delete from banyan.deliveries where state = 'dead'`);
  });

  it('that is not wanted is not called, and every payment succeeds', async () => {
    const trusting = await startModules({ here: [PaymentModule], settings: { PAYMENT_PROVIDER: 'false' } });
    try {
      const invoice = owedByCard();
      await trusting.publish(Invoice, invoice);
      await trusting.drain();
      expect(await trusting.query('select type from banyan.events order by id')).toEqual([
        { type: 'InvoiceIssued' },
        { type: 'PaymentRequested' },
        { type: 'PaymentConfirmed' },
      ]);
      expect(await trusting.query('select status, provider_id from payment.charges')).toEqual([
        { status: 'succeeded', provider_id: null },
      ]);
    } finally {
      await trusting.stop();
    }
  });
});

describe('a card number', () => {
  beforeEach(() => shop.get(PaymentApi).cleanup());

  it('is nowhere once its charge is answered', async () => {
    const invoice = await owed();
    expect(await tablesWith(number)).toEqual(['payment.methods']);
    await shop.publish(Invoice, invoice);
    await shop.drain();
    expect(await tablesWith(number)).toEqual([]);
  });

  it('that nobody came to charge is dropped; one whose charge is open stays', async () => {
    await keep('abandoned');
    await behave({ silentPercent: 100 });
    const open = await owed();
    await shop.publish(Invoice, open);
    while (!(await seen(open))) await ledgerOf(open);
    expect(await shop.get(PaymentData).forgetUnspent('0 seconds', 10)).toBe(1);
    const kept = await shop.query<{ tid: string }>(
      'select tid from payment.methods where card_number is not null',
    );
    expect(kept).toEqual([{ tid: open.instanceId }]);
    await behave({ silentPercent: 0 });
    await shop.drain();
    expect(await told('PaymentConfirmed', open.instanceId)).toHaveLength(1);
  });

  it('that nobody came to charge while nothing ran is dropped at the start, not an hour later', async () => {
    await keep('new');
    await shop.query(`insert into payment.methods (reference, tid, customer_id, type, card_number, installments, kept_at)
      select 'r' || n, 't' || n, 1, 'CREDIT_CARD', '${number}', 1, now() - interval '2 days' from generate_series(1, 1500) n`);
    const sweep = new PaymentVaultSweep(shop.get(PaymentData), shop.get(Tasks));
    sweep.onApplicationBootstrap();
    const end = Date.now() + 10_000;
    const kept = () => shop.query(`select tid from payment.methods where card_number is not null`);
    while ((await kept()).length > 1 && Date.now() < end) await new Promise(setImmediate);
    await sweep.beforeApplicationShutdown();
    expect(await kept()).toEqual([{ tid: 'new' }]);
  });

  it('is kept once for a checkout: the first one stays, and its reference is answered again', async () => {
    const first = await keep('same');
    expect(await keep('same', { number: '5555555555554444' })).toEqual(first);
    expect(await shop.query(`select card_number from payment.methods where tid = 'same'`)).toEqual([
      { card_number: number },
    ]);
  });

  /** Every table of the database that holds the text anywhere. */
  async function tablesWith(text: string): Promise<string[]> {
    const tables = await shop.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await shop.query(`select 1 from ${name} t where t::text like '%' || $1 || '%' limit 1`, [
        text,
      ]);
      if (rows.length > 0) found.push(name);
    }
    return found;
  }
});

it('everything is forgotten by a cleanup', async () => {
  await shop.get(PaymentApi).cleanup();
  expect(await shop.query('select * from payment.methods')).toEqual([]);
  expect(await shop.query('select * from payment.order_payments')).toEqual([]);
});
