/** What a dashboard answer looks like, as far as it is checked. Money is a JSON number. */
interface DashboardAnswer {
  readonly sellerView: Readonly<Record<string, number>>;
  readonly orderEntries: readonly (Readonly<Record<string, number>> & {
    natural_key: string;
    order_status: string;
  })[];
}

const OPEN = new Set(['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT']);

/** The sum of the view that each column of the entries must add up to. */
const SUMS = {
  total_amount: 'total_amount',
  total_freight: 'freight_value',
  total_incentive: 'total_incentive',
  total_invoice: 'total_invoice',
  total_items: 'total_items',
} as const;

/**
 * I13: the aggregate and the entries of one dashboard answer come from one snapshot.
 *
 * @returns what disagrees, in words; empty when nothing does
 */
export function dashboardFaults(seller: number, answer: DashboardAnswer): string[] {
  const { sellerView: view, orderEntries: entries } = answer;
  const faults: string[] = [];
  const compare = (what: string, told: unknown, counted: number) => {
    if (Number(told) !== counted) faults.push(`${what} is ${String(told)}, the entries give ${counted}`);
  };
  compare('count_items', view['count_items'], entries.length);
  compare('count_orders', view['count_orders'], new Set(entries.map((entry) => entry.natural_key)).size);
  for (const [sum, column] of Object.entries(SUMS)) {
    const cents = entries.reduce((total, entry) => total + Math.round((entry[column] as number) * 100), 0);
    compare(sum, view[sum], cents / 100);
  }
  for (const entry of entries) {
    if (!OPEN.has(entry.order_status)) faults.push(`${entry.natural_key} is ${entry.order_status}, not open`);
    if (entry['seller_id'] !== seller)
      faults.push(`${entry.natural_key} belongs to seller ${entry['seller_id']}`);
  }
  return faults;
}

/** Judges every dashboard answer of the run. */
export class DashboardCheck {
  looked = 0;
  /** Answers that disagree with themselves. */
  wrong = 0;
  readonly sample: { seller: number; faults: string[] }[] = [];

  /** Looks at one answer (the JSON text of `GET /seller/dashboard/{seller}`). */
  look(seller: number, body: string): void {
    this.looked++;
    const faults = dashboardFaults(seller, JSON.parse(body) as DashboardAnswer);
    if (faults.length === 0) return;
    this.wrong++;
    if (this.sample.length < 5) this.sample.push({ seller, faults: faults.slice(0, 5) });
  }
}
