import { Injectable } from '@nestjs/common';
import type { InvoiceIssued } from '#marketplace/order';
import type { DeliveryNotification, ShipmentNotification } from '#marketplace/shipment';
import { Fault } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import type { Dashboard, Seller, SellerApi } from './contract/seller.api.js';
import { noSuchSeller } from './contract/seller.refusals.js';
import { SellerRow } from './entities/seller.entity.js';
import { AFTER_SHIPMENT, type EntryStatus, MAY_FOLLOW } from './seller.rules.js';
import {
  DASHBOARD,
  ENTER_INVOICE,
  MOVE_ENTRIES,
  MOVE_ENTRIES_SHIPPED,
  PACKAGE_DELIVERED,
} from './seller.sql.js';

/** Names an order: its number alone is only unique per customer. */
interface OrderKey {
  readonly customerId: number;
  readonly orderId: number;
}

/** Sellers, and the order lines that they follow. */
@Injectable()
export class SellerData implements SellerApi {
  constructor(private readonly work: UnitOfWork) {}

  find(id: number): Promise<Seller> {
    return this.work.read(async (unit) => {
      const seller = await unit.manager.findOneBy(SellerRow, { id });
      if (!seller) throw noSuchSeller({ sellerId: id });
      return { ...seller };
    });
  }

  register(seller: Seller): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.manager.upsert(SellerRow, seller, ['id']);
    });
  }

  dashboard(sellerId: number): Promise<Dashboard> {
    return this.work.read(async (unit) => {
      const [dashboard] = await unit.query<Dashboard>(DASHBOARD, [sellerId]);
      if (!dashboard) throw noSuchSeller({ sellerId });
      return dashboard;
    });
  }

  /** One entry per line of an invoice. */
  async enter(invoice: InvoiceIssued, unit: Unit): Promise<void> {
    await unit.query(ENTER_INVOICE, [
      invoice.customer.CustomerId,
      invoice.orderId,
      JSON.stringify(invoice.items),
    ]);
  }

  /** Moves all entries of an order to `status`; entries that are further already stay where they are. */
  async move(order: OrderKey, status: EntryStatus, unit: Unit): Promise<void> {
    const parameters = [order.customerId, order.orderId, status, MAY_FOLLOW[status]];
    present(await unit.query<{ entries: number }>(MOVE_ENTRIES, parameters), order);
  }

  /** Moves all entries of an order along with its shipment. */
  async followShipment(told: ShipmentNotification, unit: Unit): Promise<void> {
    const status = AFTER_SHIPMENT[told.status];
    if (told.status !== 'approved') return this.move(told, status, unit);
    const parameters = [told.customerId, told.orderId, status, MAY_FOLLOW[status], told.eventDate];
    present(await unit.query<{ entries: number }>(MOVE_ENTRIES_SHIPPED, parameters), told);
  }

  /** Notes on its entry that a package reached the customer. */
  async followPackage(told: DeliveryNotification, unit: Unit): Promise<void> {
    const { customerId, orderId, sellerId, productId, packageId, deliveryDate } = told;
    const parameters = [customerId, orderId, sellerId, productId, packageId, deliveryDate];
    const entries = await unit.query(PACKAGE_DELIVERED, parameters);
    present([{ entries: entries.length }], told);
  }

  reset(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from seller.order_entries');
    });
  }

  cleanup(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from seller.order_entries');
      await unit.query('delete from seller.sellers');
    });
  }
}

/** What is told of an order before its invoice was entered is early: it is tried again later, not dropped (J13). */
function present(rows: { entries: number }[], { customerId, orderId }: OrderKey): void {
  if ((rows[0]?.entries ?? 0) > 0) return;
  throw new Fault(
    `Seller has no entries of order ${orderId} of customer ${customerId} yet: this is tried again. ` +
      `If it stays so, the order's InvoiceIssued is among the dead deliveries of seller.follow-order.`,
    { acted: 'no' },
  );
}
