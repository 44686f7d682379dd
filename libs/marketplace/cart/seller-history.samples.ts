import type { ProductFact, ProductLine } from '#marketplace/product';
import type { ReplicatedLine } from './cart.rules.js';
import type { CartItem } from './contract/cart.api.js';

/** One product between two changes. `since` is the number of the change that set its version and price. */
export interface ProductState {
  readonly productId: number;
  readonly version: string;
  readonly price: number;
  readonly since: number;
}

interface Change extends ProductState {
  readonly kind: 'created' | 'price' | 'replaced';
}

/** A made-up history of one seller, numbered from 1, in which no price occurs twice; and the checker of specification 8. */
export class SellerHistory {
  readonly changes: Change[] = [];

  constructor(products: number, updates: readonly { product: number; replace: boolean }[]) {
    for (let productId = 1; productId <= products; productId++) this.add(productId, 'created', '0');
    for (const { product, replace } of updates) {
      const version = this.productAt(product, this.last).version;
      if (replace) this.add(product, 'replaced', `v${this.last + 1}`);
      else this.add(product, 'price', version);
    }
  }

  get last(): number {
    return this.changes.length;
  }

  productAt(productId: number, cut: number): ProductState {
    const state = this.changes.findLast((change) => change.since <= cut && change.productId === productId);
    if (!state) throw new Error(`Product ${productId} is not there at ${cut}`);
    return state;
  }

  /** The last price under a version, at a cut; null if the version is unknown there. */
  lastPrice(productId: number, version: string, cut: number): number | null {
    const under = (change: Change) =>
      change.productId === productId && change.version === version && change.since <= cut;
    return this.changes.findLast(under)?.price ?? null;
  }

  /** Number of the change that set a line's version and price: a price that no change set is a phantom. */
  setAt(line: CartItem): number {
    const change = this.changes.find(
      (c) => c.productId === line.ProductId && c.version === line.Version && c.price === line.UnitPrice,
    );
    if (!change) throw new Error(`Phantom price: ${JSON.stringify(line)}`);
    return change.since;
  }

  /** Fails unless some cut has all these lines as they are. */
  assertOneCut(lines: readonly CartItem[]): void {
    const until = (line: CartItem) =>
      this.changes.find(
        (c) =>
          c.kind === 'price' &&
          c.productId === line.ProductId &&
          c.version === line.Version &&
          c.since > this.setAt(line),
      )?.since ?? Number.POSITIVE_INFINITY;
    const from = Math.max(...lines.map((line) => this.setAt(line)));
    if (from >= Math.min(...lines.map(until)))
      throw new Error(`No cut has these lines: ${JSON.stringify(lines)}`);
  }

  private add(productId: number, kind: Change['kind'], version: string): void {
    const since = this.last + 1;
    this.changes.push({ productId, kind, version, price: 10 + since, since });
  }
}

/** The lines of a cart beside a replica that has heard the first `cut` changes. */
export function replicatedAt(
  history: SellerHistory,
  held: readonly ProductState[],
  cut: number,
): ReplicatedLine[] {
  return held.map(({ productId, version, price }) => ({
    item: {
      SellerId: 1,
      ProductId: productId,
      ProductName: 'tea',
      UnitPrice: price,
      FreightValue: 0,
      Quantity: 1,
      Voucher: 0,
      Version: version,
    },
    replicaSequence: cut,
    replicaVersion:
      history.changes.findLast((c) => c.productId === productId && c.since <= cut)?.version ?? null,
    replicaPrice: history.lastPrice(productId, version, cut),
  }));
}

/** Those lines after the replica went from one cut to another: prices that agreed with it have followed it. */
export function followed(
  history: SellerHistory,
  held: readonly ProductState[],
  from: number,
  to: number,
): ProductState[] {
  return held.map((line) => {
    let price = line.price;
    for (let cut = from + 1; cut <= to; cut++) {
      const change = history.changes[cut - 1];
      if (change?.kind !== 'price' || change.productId !== line.productId || change.version !== line.version)
        continue;
      if (history.lastPrice(line.productId, line.version, cut - 1) === price) price = change.price;
    }
    return { ...line, price };
  });
}

/** What product answers from its snapshot at `cut`. */
export function factsAt(history: SellerHistory, lines: readonly ProductLine[], cut: number): ProductFact[] {
  return lines.map((line) => ({
    ...line,
    lastPrice: history.lastPrice(line.productId, line.version, cut),
    sequence: cut,
  }));
}
