import { fromCents, toCents } from '#marketplace/money';
import type { ProductFact, ProductLine } from '#marketplace/product';
import type { CartItem } from './contract/cart.api.js';

/** A line of a cart beside what the replica holds, all from one snapshot. */
export interface ReplicatedLine {
  readonly item: CartItem;
  /** Which cut through the seller's history the replica holds: the state after this many changes. */
  readonly replicaSequence: number;
  /** Version of the product at that cut; null when the replica has no such product. */
  readonly replicaVersion: string | null;
  /** Last price, at that cut, under the version that the line holds; null when that version is unknown there. */
  readonly replicaPrice: number | null;
}

/** The lines to submit; or, when some are not covered by replica and facts, what to ask product for. */
export type Pricing = { readonly priced: CartItem[] } | { readonly unseen: ProductLine[] };

/**
 * True when a line agrees with the replica's cut. A line of a retired version always does: the version's last price is
 * final. One whose price or version the replica does not hold may come from a customer who saw more than the replica has.
 */
export function isSeen(line: ReplicatedLine): boolean {
  if (line.replicaPrice === null) return false;
  return (
    line.replicaVersion !== line.item.Version || toCents(line.replicaPrice) === toCents(line.item.UnitPrice)
  );
}

/** For every seller of whom some line is unseen: all that seller's lines, since they must be priced at one cut. */
export function unseenLines(lines: readonly ReplicatedLine[]): ProductLine[] {
  return bySeller(lines).flatMap((ofSeller) => (ofSeller.every(isSeen) ? [] : ofSeller.map(asProductLine)));
}

/**
 * Prices a cart. For each seller all lines are priced at one cut through that seller's history, so nobody sees a later
 * change of the seller without the earlier ones; and the cut is at least as late as anything the customer saw, so no line
 * goes back to an older price. The cut is the facts', if they are as late as the replica; else the replica's, if it has seen
 * every line or moved past the facts; else product must be asked.
 */
export function price(lines: readonly ReplicatedLine[], facts: readonly ProductFact[]): Pricing {
  const known = new Map(facts.map((fact) => [key(fact), fact]));
  const priced: CartItem[] = [];
  const unseen: ProductLine[] = [];
  for (const ofSeller of bySeller(lines)) {
    const replica = (ofSeller[0] as ReplicatedLine).replicaSequence;
    const answers = ofSeller.map((line) => answerTo(line, known.get(key(asProductLine(line)))));
    if (answers.every((fact) => fact !== undefined && fact.sequence >= replica)) {
      priced.push(...ofSeller.map((line, at) => reprice(line.item, answers[at]?.lastPrice ?? null)));
    } else if (ofSeller.every((line, at) => isSeen(line) || overtaken(line, answers[at]))) {
      priced.push(...ofSeller.map((line) => reprice(line.item, line.replicaPrice)));
    } else {
      unseen.push(...ofSeller.map(asProductLine));
    }
  }
  return unseen.length > 0 ? { unseen } : { priced };
}

/** True when the replica knows all that an older fact knows: a replica that began late may lack a product altogether. */
function overtaken(line: ReplicatedLine, fact?: ProductFact): boolean {
  if (fact === undefined || fact.sequence >= line.replicaSequence) return false;
  return line.replicaPrice !== null || fact.lastPrice === null;
}

/**
 * The fact, unless the customer may have seen a later price since product was asked. A line that agrees with the replica
 * was repriced by it (or never changed): under a busy seller that happens while product answers, and asking again for it
 * would never come to an end.
 */
function answerTo(line: ReplicatedLine, fact?: ProductFact): ProductFact | undefined {
  const asked = fact !== undefined && toCents(fact.price) === toCents(line.item.UnitPrice);
  return asked || isSeen(line) ? fact : undefined;
}

/**
 * A line at its price of the cut; unchanged if there is none (stock will reject that version). A rise is compensated by
 * the voucher, once per line (J3).
 */
export function reprice(item: CartItem, newPrice: number | null): CartItem {
  if (newPrice === null) return item;
  const rise = Math.max(0, toCents(newPrice) - toCents(item.UnitPrice));
  return { ...item, UnitPrice: newPrice, Voucher: fromCents(toCents(item.Voucher) + rise) };
}

function bySeller(lines: readonly ReplicatedLine[]): ReplicatedLine[][] {
  const sellers = new Map<number, ReplicatedLine[]>();
  for (const line of lines) {
    const ofSeller = sellers.get(line.item.SellerId);
    if (ofSeller) ofSeller.push(line);
    else sellers.set(line.item.SellerId, [line]);
  }
  return [...sellers.values()];
}

function asProductLine({ item }: ReplicatedLine): ProductLine {
  return { sellerId: item.SellerId, productId: item.ProductId, version: item.Version, price: item.UnitPrice };
}

function key(line: ProductLine): string {
  return JSON.stringify([line.sellerId, line.productId, line.version]);
}
