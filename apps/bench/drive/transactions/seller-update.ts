import type { MirroredProduct } from '../catalogue.js';
import { Unanswered } from '../client.js';
import type { Ending, Stage, Transaction, Turn } from '../stage.js';
import { markedEnding } from './marked.js';

/** A product becomes 1 to 9 % dearer; ends with the mark of cart, so the time includes the way into the replica. */
export const priceUpdate: Transaction = (stage, turn) => {
  const percent = turn.random.int(1, 9);
  return updateProduct(stage, turn, (product) => {
    const { seller_id, product_id, version } = product.facts;
    const price = product.nextPrice(percent);
    return {
      method: 'PATCH',
      body: { sellerId: seller_id, productId: product_id, price, version, instanceId: turn.tid },
      change: { price },
    };
  });
};

/** A product is replaced by itself under a new version, the tid; ends with the mark of stock. */
export const replaceProduct: Transaction = (stage, turn) =>
  updateProduct(stage, turn, (product) => ({
    method: 'PUT',
    body: { ...product.facts, version: turn.tid },
    change: { version: turn.tid },
  }));

interface Update {
  readonly method: string;
  readonly body: unknown;
  readonly change: { price?: number; version?: string };
}

async function updateProduct(
  stage: Stage,
  { tid, random }: Turn,
  prepare: (product: MirroredProduct) => Update,
): Promise<Ending> {
  const product = stage.catalogue.claim(random);
  if (!product) return { outcome: 'ABORT', source: 'driver', at: performance.now() };
  const update = prepare(product);
  const awaited = stage.outcomes.expect(tid);
  const sentAt = performance.now();
  try {
    const answer = await stage.client.send(update.method, '/product', '/product', update.body);
    if (!answer.ok) {
      awaited.forget();
      return { outcome: 'ABORT', source: 'product', at: performance.now() };
    }
    product.acknowledge(update.change);
    stage.ledger.accept(tid);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    awaited.forget();
    await lookAgain(stage, product);
    return { outcome: 'UNKNOWN', at: performance.now() };
  } finally {
    product.busy = false;
  }
  return markedEnding(await awaited.mark(), { firstSentAt: sentAt, lastSentAt: sentAt });
}

/** After a request without an answer the mirror may be behind: ask what the product is now. */
async function lookAgain(stage: Stage, product: MirroredProduct): Promise<void> {
  const { seller_id, product_id } = product.facts;
  if (!(await stage.client.present(stage.over))) return;
  try {
    const answer = await stage.client.send(
      'GET',
      `/product/${seller_id}/${product_id}`,
      '/product/:seller/:product',
    );
    if (answer.ok) product.acknowledge(JSON.parse(answer.body) as { price: number; version: string });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
  }
}
