import type { ProductRow } from './data.js';
import { type Distribution, distribution } from './distributions.js';
import { type Options, PRODUCTS_PER_SELLER } from './options.js';
import type { Random } from './random.js';

/** The driver's own picture of a product. It changes only when the system has acknowledged a seller's request. */
export class MirroredProduct {
  /** True while a seller's request for it is on its way: one at a time per product. */
  busy = false;
  /** Prices (cents) that were ever sent under the current version: the causal checker needs to tell them apart. */
  private readonly used: Set<number>;
  private cents: number;

  /** @param row as it was loaded */
  constructor(private row: ProductRow) {
    this.cents = Math.round(row.price * 100);
    this.used = new Set([this.cents]);
  }

  /** The row as `PUT /product` takes it. */
  get facts(): ProductRow {
    return { ...this.row, price: this.cents / 100 };
  }

  /**
   * The next price: `percent` dearer. A hot product would leave numeric(12,2) after some hundred updates, so above
   * 5,000.00 it starts again at the bottom, at a price that it never had under this version.
   */
  nextPrice(percent: number): number {
    let next = Math.round(this.cents * (1 + percent / 100));
    if (next > 500_000) next = 1_000;
    while (this.used.has(next)) next++;
    this.used.add(next);
    return next / 100;
  }

  /** Takes over what the system acknowledged. */
  acknowledge(change: { price?: number; version?: string }): void {
    if (change.version !== undefined && change.version !== this.row.version) {
      this.row = { ...this.row, version: change.version };
      this.used.clear();
    }
    if (change.price !== undefined) this.cents = Math.round(change.price * 100);
    this.used.add(this.cents);
  }
}

/** All products of the run, and how they are chosen. */
export class Catalogue {
  private readonly products: readonly MirroredProduct[];
  private readonly drawSeller: Distribution;
  private readonly drawProduct: Distribution;

  /**
   * @param rows as loaded: sellers in order, all products of a seller together
   * @param choices distributions of the options
   */
  constructor(
    rows: readonly ProductRow[],
    private readonly firstSeller: number,
    choices: Pick<Options, 'sellerDistribution' | 'keyDistribution' | 'zipf'>,
  ) {
    this.products = rows.map((row) => new MirroredProduct(row));
    this.drawSeller = distribution(
      choices.sellerDistribution,
      rows.length / PRODUCTS_PER_SELLER,
      choices.zipf,
    );
    this.drawProduct = distribution(choices.keyDistribution, PRODUCTS_PER_SELLER, choices.zipf);
  }

  /** The id of a seller. */
  seller(random: Random): number {
    return this.firstSeller + this.drawSeller(random) - 1;
  }

  /** `count` distinct products, of one seller where `unique` says so. */
  distinct(random: Random, count: number, unique: boolean): MirroredProduct[] {
    const only = unique ? this.seller(random) : undefined;
    const chosen = new Set<MirroredProduct>();
    const possible = Math.min(count, unique ? PRODUCTS_PER_SELLER : this.products.length);
    while (chosen.size < possible) chosen.add(this.product(random, only ?? this.seller(random)));
    return [...chosen];
  }

  /** A product that nobody changes now, marked busy; undefined when a hundred draws found none. */
  claim(random: Random): MirroredProduct | undefined {
    for (let draw = 0; draw < 100; draw++) {
      const product = this.product(random, this.seller(random));
      if (product.busy) continue;
      product.busy = true;
      return product;
    }
    return undefined;
  }

  private product(random: Random, seller: number): MirroredProduct {
    const at = (seller - this.firstSeller) * PRODUCTS_PER_SELLER + this.drawProduct(random) - 1;
    return this.products[at] as MirroredProduct;
  }
}
