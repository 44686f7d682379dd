import { fromCents, toCents } from '#marketplace/money';
import type { PaymentConfirmed } from '#marketplace/payment';
import type { ShipmentStatus } from './contract/shipment.events.js';

/** How many of an order's packages there are, were delivered before, and are delivered now. */
export interface Progress {
  readonly packages: number;
  readonly before: number;
  readonly now: number;
}

/**
 * The steps that a shipment takes when packages of it are delivered, in the order in which they are told; the last one is
 * its status afterwards, none leaves it as it is (spec, section 5.4.2). An order whose packages all arrive at once takes both.
 */
export function stepsOf({ packages, before, now }: Progress): ShipmentStatus[] {
  if (now < 1 || before < 0 || before + now > packages) {
    throw new RangeError(`${now} more packages after ${before} of ${packages} can't have been delivered.`);
  }
  const steps: ShipmentStatus[] = [];
  if (before === 0) steps.push('delivery_in_progress');
  if (before + now === packages) steps.push('concluded');
  return steps;
}

/** A package as it leaves: one per order line. */
export interface Parcel {
  package_id: number;
  seller_id: number;
  product_id: number;
  product_name: string;
  freight_value: number;
  quantity: number;
}

/** The packages of a paid order, numbered 1..n like its lines, and what their freight adds up to. */
export function parcelsOf(items: PaymentConfirmed['items']): { parcels: Parcel[]; freight: number } {
  const lines = [...items].sort((one, other) => one.order_item_id - other.order_item_id);
  const parcels = lines.map((line, index) => ({
    package_id: index + 1,
    seller_id: line.seller_id,
    product_id: line.product_id,
    product_name: line.product_name,
    freight_value: line.freight_value,
    quantity: line.quantity,
  }));
  return { parcels, freight: fromCents(lines.reduce((sum, line) => sum + toCents(line.freight_value), 0)) };
}
