/** The stock of one product of one seller, as rows of it travel. */
export interface StockItem {
  readonly seller_id: number;
  readonly product_id: number;
  /** Pieces on the shelf, the reserved ones among them. */
  readonly qty_available: number;
  readonly qty_reserved: number;
  /** Orders that were paid. */
  readonly order_count: number;
  readonly ytd: number;
  readonly data: string;
  /** Version of the product that these pieces are. */
  readonly version: string;
  readonly active: boolean;
}

/** What others may ask of stock. */
export abstract class StockApi {
  /** @throws Refusal `stock.unknown-item` */
  abstract find(sellerId: number, productId: number): Promise<StockItem>;

  /** Every item of a seller, by product; none for a seller that stock has not heard of. */
  abstract list(sellerId: number): Promise<StockItem[]>;

  /**
   * Back to the start of a benchmark run: 10,000 pieces each, nothing reserved, version '0', no reservations.
   */
  abstract reset(): Promise<void>;

  /** Forgets everything. */
  abstract cleanup(): Promise<void>;
}
