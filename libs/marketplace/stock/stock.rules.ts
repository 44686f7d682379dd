import type { CartItem } from '#marketplace/cart';
import type { StockItem } from './contract/index.js';

/** What a reservation needs to know of one product on the shelf. */
export type Shelf = Pick<
  StockItem,
  'seller_id' | 'product_id' | 'qty_available' | 'qty_reserved' | 'version' | 'active'
>;

/** What became of one line of a cart. */
export interface Decision {
  /** Where the line stood in the cart, from 1. */
  readonly line: number;
  readonly item: CartItem;
  readonly outcome: 'RESERVED' | 'UNAVAILABLE' | 'OUT_OF_STOCK';
  /** Version on the shelf at this moment; null when stock has no such product. */
  readonly stockVersion: string | null;
  /** Pieces that could still be reserved before this line was looked at. */
  readonly free: number;
}

/**
 * Decides which lines of a cart can be reserved (specification 5.1, step 3). Lines are looked at in their
 * order, so of two lines of one product the first comes first.
 *
 * @param items the lines
 * @param shelf the products among them that stock knows, as they stand
 */
export function decide(items: readonly CartItem[], shelf: readonly Shelf[]): Decision[] {
  const byProduct = new Map(shelf.map((row) => [name(row.seller_id, row.product_id), row]));
  const taken = new Map<string, number>();
  return items.map((item, index) => {
    const key = name(item.SellerId, item.ProductId);
    const row = byProduct.get(key);
    const already = taken.get(key) ?? 0;
    const free = row ? row.qty_available - row.qty_reserved - already : 0;
    const outcome = judge(item, row, free);
    if (outcome === 'RESERVED') taken.set(key, already + item.Quantity);
    return { line: index + 1, item, outcome, stockVersion: row?.version ?? null, free };
  });
}

/** A replaced or withdrawn product is not sold any more, however many pieces there are. */
function judge(item: CartItem, row: Shelf | undefined, free: number): Decision['outcome'] {
  if (!row?.active || row.version !== item.Version) return 'UNAVAILABLE';
  return free < item.Quantity ? 'OUT_OF_STOCK' : 'RESERVED';
}

function name(sellerId: number, productId: number): string {
  return `${sellerId}/${productId}`;
}

/** How reserved pieces end: sold when they were paid, released when they will not be. */
export type Settlement = 'sold' | 'released';

/**
 * What a settlement means for pieces that stand so already: nothing to do when it is told twice, a
 * contradiction when it was the other one.
 *
 * @param settled how the pieces were settled before; null: they are still held
 */
export function settle(settled: Settlement | null, asked: Settlement): 'settle' | 'done' | 'contradiction' {
  if (settled === null) return 'settle';
  return settled === asked ? 'done' : 'contradiction';
}
