import { z } from 'zod';
import { Money } from '#marketplace/money';
import { Id, Tid, text } from '#marketplace/text';

/** One product of a seller, with the column names of the specification. `product_id` is unique only per seller. */
export const Product = z.object({
  seller_id: Id,
  product_id: Id,
  name: text(500),
  sku: text(64),
  category: text(200),
  description: text(10_000),
  price: Money,
  freight_value: Money,
  status: text(50).default('approved'),
  version: Tid,
  active: z.boolean().default(true),
});
export type Product = z.output<typeof Product>;

/** A product as somebody (a cart line) holds it. */
export interface ProductLine {
  readonly sellerId: number;
  readonly productId: number;
  readonly version: string;
  readonly price: number;
}

/** What product knows of one {@link ProductLine}, which it repeats. */
export interface ProductFact extends ProductLine {
  /**
   * The last price that the product had under that version: today's, when it still is the current version; final, when
   * the version is retired; null, when the product never had that version (or does not exist).
   */
  readonly lastPrice: number | null;
  /** Number of the seller's latest update in the moment of the answer; 0 for a seller without products. */
  readonly sequence: number;
}

/** What other modules may ask of product. */
export abstract class ProductApi {
  /**
   * One fact per line, all from one snapshot: facts of one seller stand together in that seller's history, at
   * `sequence`.
   */
  abstract current(lines: readonly ProductLine[]): Promise<ProductFact[]>;

  /** Back to the state before a run: products stay, every version is '0' and active, the update log begins anew. */
  abstract reset(): Promise<void>;

  /** Deletes everything that product owns. */
  abstract cleanup(): Promise<void>;
}
