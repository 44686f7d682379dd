import type { Questions } from './database.js';

/** One entry of a seller's log, as product numbered it inside its own transaction. */
export interface LoggedUpdate {
  readonly sequence: number;
  readonly productId: number;
  readonly kind: 'created' | 'price' | 'replaced';
  readonly version: string;
  /** As text, so that 10.00 equals 10.00 and nothing else. */
  readonly price: string;
}

/** One line of what was submitted at a checkout. */
export interface SubmittedLine {
  readonly productId: number;
  readonly version: string;
  readonly price: string;
}

/** What the lines of one cart of one seller say about causality. */
export interface CausalVerdict {
  /** Pairs (line, later price of it that another line's product had already seen): must be 0 where replication is causal. */
  readonly anomalies: number;
  /** Lines whose price under their version the seller never set: must be 0. */
  readonly phantoms: SubmittedLine[];
}

/** A seller's log, indexed for questions about lines. */
export class SellerLog {
  private readonly byVersion = new Map<string, LoggedUpdate[]>();

  /** @param updates all updates of one seller, in the order of their sequence */
  constructor(updates: readonly LoggedUpdate[]) {
    for (const update of updates) {
      const key = `${update.productId}\n${update.version}`;
      const known = this.byVersion.get(key);
      if (known) known.push(update);
      else this.byVersion.set(key, [update]);
    }
  }

  /**
   * Judges the lines that one cart submitted of this seller (spec, section 8, "our checker"): a line (p, v, c) holds from lo, the
   * update that set (v, c), to the next price update of p under v. The anomalies of the cart are the pairs (p, u), u a
   * price update of p under the same version with lo(p) < u <= the highest lo of the other lines. A replacement closes
   * nothing: holding an old version is legal, stock will reject it.
   */
  judge(lines: readonly SubmittedLine[]): CausalVerdict {
    const placed: { since: number; updates: readonly LoggedUpdate[] }[] = [];
    const phantoms: SubmittedLine[] = [];
    for (const line of lines) {
      const updates = this.byVersion.get(`${line.productId}\n${line.version}`) ?? [];
      // Should a version have had the price twice, its last time counts; the driver never sends a price twice.
      const since = updates.findLast((update) => update.price === line.price)?.sequence;
      if (since === undefined) phantoms.push(line);
      else placed.push({ since, updates });
    }
    let anomalies = 0;
    placed.forEach(({ since, updates }, at) => {
      const others = Math.max(-1, ...placed.filter((_, other) => other !== at).map((other) => other.since));
      anomalies += updates.filter(
        (u) => u.kind === 'price' && u.sequence > since && u.sequence <= others,
      ).length;
    });
    return { anomalies, phantoms };
  }
}

/** The causal counter of a whole run. */
export interface CausalReport {
  readonly carts: number;
  readonly lines: number;
  readonly anomalies: number;
  readonly phantoms: number;
  /** The first carts that are wrong. */
  readonly sample: {
    tid: string;
    sellerId: number;
    anomalies: number;
    phantoms: SubmittedLine[];
    lines: SubmittedLine[];
  }[];
}

/** So many sellers are read at a time: few scans of the history, and bounded memory. */
const SELLERS_AT_ONCE = 250;

/**
 * Judges every cart that the run submitted.
 *
 * @param tidPrefix what all tids of the run begin with
 */
export async function judgeCausality(database: Questions, tidPrefix: string): Promise<CausalReport> {
  const rows = await database.query<{ seller_id: number }>(
    'select distinct seller_id from cart.cart_history where starts_with(tid, $1) order by 1',
    [tidPrefix],
  );
  const sellers = rows.map((row) => row.seller_id);
  const total = { carts: 0, lines: 0, anomalies: 0, phantoms: 0 };
  const sample: CausalReport['sample'] = [];
  for (let at = 0; at < sellers.length; at += SELLERS_AT_ONCE) {
    const some = sellers.slice(at, at + SELLERS_AT_ONCE);
    const logs = await readLogs(database, some);
    for (const { tid, sellerId, lines } of await readCarts(database, some, tidPrefix)) {
      const { anomalies, phantoms } = (logs.get(sellerId) ?? new SellerLog([])).judge(lines);
      total.carts++;
      total.lines += lines.length;
      total.anomalies += anomalies;
      total.phantoms += phantoms.length;
      if (anomalies + phantoms.length > 0 && sample.length < 5) {
        sample.push({ tid, sellerId, anomalies, phantoms, lines });
      }
    }
  }
  return { ...total, sample };
}

async function readLogs(database: Questions, sellers: readonly number[]): Promise<Map<number, SellerLog>> {
  const rows = await database.query<{
    seller_id: number;
    sequence: string;
    product_id: number;
    kind: LoggedUpdate['kind'];
    version: string;
    price: string;
  }>(
    `select seller_id, sequence, product_id, kind, version, price::text from product.product_updates
      where seller_id = any($1) order by seller_id, sequence`,
    [sellers],
  );
  const updates = new Map<number, LoggedUpdate[]>(sellers.map((seller) => [seller, []]));
  for (const { seller_id, sequence, product_id, ...rest } of rows) {
    updates.get(seller_id)?.push({ ...rest, sequence: Number(sequence), productId: product_id });
  }
  return new Map([...updates].map(([seller, log]) => [seller, new SellerLog(log)]));
}

async function readCarts(
  database: Questions,
  sellers: readonly number[],
  tidPrefix: string,
): Promise<{ tid: string; sellerId: number; lines: SubmittedLine[] }[]> {
  const rows = await database.query<{
    tid: string;
    seller_id: number;
    product_id: number;
    version: string;
    price: string;
  }>(
    `select tid, seller_id, product_id, version, unit_price::text as price from cart.cart_history
      where seller_id = any($1) and starts_with(tid, $2) order by tid, line`,
    [sellers, tidPrefix],
  );
  const carts = new Map<string, { tid: string; sellerId: number; lines: SubmittedLine[] }>();
  for (const { tid, seller_id: sellerId, product_id: productId, version, price } of rows) {
    const key = `${tid} ${sellerId}`;
    const cart = carts.get(key) ?? { tid, sellerId, lines: [] };
    cart.lines.push({ productId, version, price });
    carts.set(key, cart);
  }
  return [...carts.values()];
}
