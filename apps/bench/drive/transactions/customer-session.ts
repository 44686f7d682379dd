import { setTimeout as pause } from 'node:timers/promises';
import type { MirroredProduct } from '../catalogue.js';
import { type Answer, Unanswered } from '../client.js';
import type { CustomerRow } from '../data.js';
import type { Random } from '../random.js';
import type { Stage, Transaction } from '../stage.js';
import { markedEnding } from './marked.js';

/** How often a checkout is tried, with the same instanceId (spec, section 10). */
const ATTEMPTS = 3;

/**
 * A checkout whose first attempt was cut off belongs to that attempt for a while: the system answers 409 "still running, ask again".
 * That is no refusal, so it is asked again, once a second, and does not use up an attempt.
 */
const ASK_AGAIN = { everyMs: 1_000, forMs: 30_000 };

/** One to ten items into the cart (not timed), then the checkout; ends with the mark of shipment. */
export const customerSession: Transaction = async (stage, { tid, random }) => {
  const customer = stage.customers.take();
  const filled = await fillCart(stage, customer, random).catch((error: unknown) => !unanswered(error));
  if (!filled) {
    stage.customers.setAside(customer);
    return { outcome: 'ABORT', source: 'cart', at: performance.now() };
  }
  const awaited = stage.outcomes.expect(tid);
  const sent = await checkOut(stage, customer, checkoutBody(customer, tid, random), tid);
  if (sent.accepted) {
    stage.customers.giveBack(customer);
    return markedEnding(await awaited.mark(), sent);
  }
  awaited.forget();
  stage.customers.setAside(customer);
  return { outcome: sent.unknown ? 'UNKNOWN' : 'ABORT', source: 'cart', at: performance.now() };
};

/** @returns whether every item was taken */
async function fillCart(stage: Stage, customer: CustomerRow, random: Random): Promise<boolean> {
  const products = stage.catalogue.distinct(random, random.int(1, 10), stage.uniqueSeller);
  for (const product of products) {
    const path = `/cart/${customer.id}/add`;
    const answer = await stage.client.send('PATCH', path, '/cart/:id/add', cartItem(product, random));
    if (!answer.ok) return false;
  }
  return true;
}

/** The product is copied from the mirror at the moment of adding; a voucher of 10 % of the price in 6 of 101 cases. */
function cartItem(product: MirroredProduct, random: Random) {
  const { seller_id, product_id, name, price, freight_value, version } = product.facts;
  return {
    SellerId: seller_id,
    ProductId: product_id,
    ProductName: name,
    UnitPrice: price,
    FreightValue: freight_value,
    Quantity: random.int(1, 10),
    Voucher: random.int(0, 100) <= 5 ? Math.round(price * 10) / 100 : 0,
    Version: version,
  };
}

function checkoutBody(customer: CustomerRow, tid: string, random: Random) {
  const type = random.pick(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO'] as const);
  return {
    CustomerId: customer.id,
    FirstName: customer.first_name,
    LastName: customer.last_name,
    Street: customer.address,
    Complement: customer.complement,
    City: customer.city,
    State: customer.state,
    ZipCode: customer.zip_code,
    PaymentType: type,
    CardNumber: customer.card_number,
    CardHolderName: customer.card_holder_name,
    CardExpiration: customer.card_expiration,
    CardSecurityNumber: customer.card_security_number,
    CardBrand: customer.card_type,
    Installments: type === 'CREDIT_CARD' ? random.int(1, 10) : 0,
    instanceId: tid,
  };
}

interface Sent {
  readonly accepted: boolean;
  /** Some attempt had no answer, so the system may have acted. */
  readonly unknown: boolean;
  readonly firstSentAt: number;
  readonly lastSentAt: number;
}

/** Tries up to three times; the latency counts from the last attempt. */
async function checkOut(stage: Stage, customer: CustomerRow, body: unknown, tid: string): Promise<Sent> {
  const firstSentAt = performance.now();
  let [lastSentAt, unknown, accepted] = [firstSentAt, false, false];
  for (let attempt = 1; attempt <= ATTEMPTS && !accepted; attempt++) {
    if (!(await stage.client.present(stage.over))) break;
    lastSentAt = performance.now();
    try {
      accepted = (await askUntilDecided(stage, customer, body)).ok;
    } catch (error) {
      unknown = unanswered(error);
    }
  }
  if (accepted) stage.ledger.accept(tid);
  else if (unknown) stage.ledger.doubt(tid);
  return { accepted, unknown, firstSentAt, lastSentAt };
}

async function askUntilDecided({ client }: Stage, customer: CustomerRow, body: unknown): Promise<Answer> {
  const until = performance.now() + ASK_AGAIN.forMs;
  for (;;) {
    const answer = await client.send('POST', `/cart/${customer.id}/checkout`, '/cart/:id/checkout', body);
    const stillRunning = answer.status === 409 && answer.body.includes('still-running');
    if (!stillRunning || performance.now() > until) return answer;
    await pause(ASK_AGAIN.everyMs);
  }
}

/** True for a request without an answer; anything else is a defect of the driver. */
function unanswered(error: unknown): true {
  if (error instanceof Unanswered) return true;
  throw error;
}
