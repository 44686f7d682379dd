import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import type { PaymentConfirmed } from '#marketplace/payment';
import { type CallContext, callContext, freshContext, inContext } from '#platform/telemetry';
import { type Unit, UnitOfWork } from '#platform/work';
import type { Shipment, ShipmentApi } from './contract/shipment.api.js';
import {
  CarrierBookingRequested,
  DeliveryNotification,
  ShipmentNotification,
  type ShipmentStatus,
} from './contract/shipment.events.js';
import { noSuchShipment } from './contract/shipment.refusals.js';
import type { CarrierAnswer, Consignment } from './shipment.gateway.js';
import { parcelsOf, stepsOf } from './shipment.rules.js';
import { CALL_CARRIER, CARRIER_ANSWERED, DELIVER, FIND, MOVE, SHIP, TAKE_TURN } from './shipment.sql.js';
import { Turns } from './turns.js';

interface DeliveredRow {
  customer_id: number;
  order_id: number;
  package_id: number;
  seller_id: number;
  product_id: number;
  product_name: string;
  delivery_date: Date;
  package_count: number;
  delivered_before: number;
}

/** What one UPDATE_DELIVERY brought to whom. */
export interface Delivered {
  customerId: number;
  orderId: number;
  packageId: number;
  sellerId: number;
  productId: number;
}

/** One UPDATE_DELIVERY that waits for its turn, and on whose behalf. */
interface Asked {
  readonly tid: string;
  readonly context: CallContext;
}

interface MovedShipment {
  readonly customerId: number;
  readonly orderId: number;
  readonly status: ShipmentStatus;
}

/**
 * Sixteen callers on two cores got 367 answers a second with turns of one, 712 with turns of sixteen. At that rate the last
 * of 512 waits 0.7 s: whoever comes when there are more had better be told than kept.
 */
const TURNS = { most: 16, waiting: 512 } as const;

/** Shipments, packages and bookings. */
@Injectable()
export class ShipmentData implements ShipmentApi {
  /** Calls of one process queue here, not at the lock in Postgres: there each would hold a connection while it waits. */
  private readonly turns = new Turns<Asked, Delivered[]>((asked) => this.deliver(asked), TURNS);

  constructor(private readonly work: UnitOfWork) {}

  async find(customerId: number, orderId: number): Promise<Shipment> {
    const [found] = await this.work.ask<{ shipment: Shipment }>(FIND, [customerId, orderId]);
    if (!found) throw noSuchShipment({ customerId, orderId });
    return found.shipment;
  }

  /** Sends a paid order on its way: that ends its checkout. The carrier is only asked once this has committed. */
  async ship(paid: PaymentConfirmed, unit: Unit): Promise<void> {
    const { customer, orderId, instanceId } = paid;
    const customerId = customer.CustomerId;
    const { parcels, freight } = parcelsOf(paid.items);
    const bookingKey = `${customerId}-${orderId}`;
    await unit.query(SHIP, [
      customerId,
      orderId,
      freight,
      customer.FirstName,
      customer.LastName,
      customer.Street,
      customer.Complement,
      customer.ZipCode,
      customer.City,
      customer.State,
      JSON.stringify(parcels),
      bookingKey,
      instanceId,
    ]);
    const eventDate = new Date().toISOString();
    unit.publish(ShipmentNotification, {
      customerId,
      orderId,
      eventDate,
      instanceId,
      status: 'approved',
    });
    unit.publish(TransactionMark, {
      tid: instanceId,
      type: 'CUSTOMER_SESSION',
      actorId: customerId,
      status: 'SUCCESS',
      source: 'shipment',
    });
    unit.publish(CarrierBookingRequested, { bookingKey, customerId, orderId, instanceId });
  }

  /**
   * UPDATE_DELIVERY: delivers, for the ten sellers with the oldest open packages, all that is open in each one's oldest
   * order. Nothing open is a success without deliveries (J12).
   *
   * @param tid the driver's id of this transaction
   * @throws Refusal `shipment.too-many-deliveries`
   * @throws Fault when the caller's time was over before its turn; nothing was delivered
   */
  updateDelivery(tid: string): Promise<Delivered[]> {
    const context = callContext() ?? freshContext();
    return this.turns.ask({ tid, context }, context.deadline);
  }

  /** Several UPDATE_DELIVERYs in one transaction, one after the other. */
  private deliver(asked: readonly Asked[]): Promise<Delivered[][]> {
    return this.work.run(async (unit) => {
      // Sent together, run in this order: each statement sees what those before it have done, in this unit or another.
      const taken = unit.query(TAKE_TURN);
      const [, ...results] = await Promise.all([
        taken,
        ...asked.map(() => unit.query<DeliveredRow>(DELIVER)),
      ]);
      const moved = new Map<string, MovedShipment>();
      for (const [index, { tid, context }] of asked.entries()) {
        inContext(context, () => tell(results[index] ?? [], tid, unit, moved));
      }
      if (moved.size > 0) {
        const shipments = [...moved.values()];
        await unit.query(MOVE, [
          shipments.map((shipment) => shipment.customerId),
          shipments.map((shipment) => shipment.orderId),
          shipments.map((shipment) => shipment.status),
        ]);
      }
      return results.map((rows) => rows.map(toDelivered));
    });
  }

  /** Notes that the carrier is about to be called; answers with what to ask it, or nothing if it has answered before. */
  callCarrier(bookingKey: string): Promise<Consignment | undefined> {
    return this.work.run(async (unit) => {
      const [row] = await unit.query<Omit<Consignment, 'bookingKey'>>(CALL_CARRIER, [bookingKey]);
      return row && { bookingKey, ...row };
    });
  }

  /** Records what the carrier answered; a second answer to the same booking changes nothing. */
  async carrierAnswered(bookingKey: string, answer: CarrierAnswer, unit: Unit): Promise<void> {
    const booked = answer.status === 'booked';
    await unit.query(CARRIER_ANSWERED, [
      bookingKey,
      answer.status,
      booked ? answer.carrierId : null,
      booked ? null : answer.reason,
    ]);
  }

  reset(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from shipment.shipments'); // packages and bookings go with them
    });
  }

  cleanup(): Promise<void> {
    return this.reset();
  }
}

/** Publishes what one UPDATE_DELIVERY did, and notes in `moved` where its shipments stand now. */
function tell(rows: DeliveredRow[], tid: string, unit: Unit, moved: Map<string, MovedShipment>): void {
  for (const lines of byOrder(rows)) {
    const first = lines[0] as DeliveredRow;
    const { customer_id: customerId, order_id: orderId } = first;
    const eventDate = first.delivery_date.toISOString();
    for (const line of lines) unit.publish(DeliveryNotification, noticeOf(line, tid));
    const steps = stepsOf({
      packages: first.package_count,
      before: first.delivered_before,
      now: lines.length,
    });
    for (const status of steps) {
      unit.publish(ShipmentNotification, { customerId, orderId, eventDate, instanceId: tid, status });
      moved.set(`${customerId}-${orderId}`, { customerId, orderId, status });
    }
  }
}

function toDelivered(row: DeliveredRow): Delivered {
  return {
    customerId: row.customer_id,
    orderId: row.order_id,
    packageId: row.package_id,
    sellerId: row.seller_id,
    productId: row.product_id,
  };
}

function noticeOf(row: DeliveredRow, tid: string): DeliveryNotification {
  return {
    ...toDelivered(row),
    productName: row.product_name,
    status: 'delivered',
    deliveryDate: row.delivery_date.toISOString(),
    instanceId: tid,
  };
}

/** Rows of one order stand together: the statement sorts them. */
function byOrder(rows: DeliveredRow[]): DeliveredRow[][] {
  const orders = new Map<string, DeliveredRow[]>();
  for (const row of rows) {
    const key = `${row.customer_id}-${row.order_id}`;
    const lines = orders.get(key);
    if (lines) lines.push(row);
    else orders.set(key, [row]);
  }
  return [...orders.values()];
}
