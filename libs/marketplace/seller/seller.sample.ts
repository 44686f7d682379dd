import type { InvoiceIssued } from '#marketplace/order';
import type { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import type { DeliveryNotification, ShipmentNotification } from '#marketplace/shipment';

/** The events of one order, for specs: one line per seller in `sellers`, each of another product. */
export class SampleOrder {
  private readonly instanceId: string;

  constructor(
    private readonly customerId: number,
    private readonly orderId: number,
    private readonly sellers: readonly number[],
  ) {
    this.instanceId = `checkout-${customerId}-${orderId}`;
  }

  invoice(): InvoiceIssued {
    return {
      customer: this.customer(),
      orderId: this.orderId,
      invoiceNumber: `${this.customerId}-20260101-${this.orderId}`,
      issueDate: '2026-01-01T00:00:00.000Z',
      totalInvoice: 19.51 * this.sellers.length,
      items: this.items(),
      instanceId: this.instanceId,
    };
  }

  paid(): PaymentConfirmed {
    const { customer, orderId, items, instanceId, totalInvoice } = this.invoice();
    return {
      customer,
      orderId,
      items,
      instanceId,
      totalAmount: totalInvoice,
      date: '2026-01-01T00:00:01.000Z',
    };
  }

  notPaid(): PaymentFailed {
    const { date: _, ...paid } = this.paid();
    return { ...paid, status: 'canceled' };
  }

  shipment(status: ShipmentNotification['status']): ShipmentNotification {
    const { customerId, orderId, instanceId } = this;
    return { customerId, orderId, instanceId, eventDate: '2026-01-02T00:00:00.000Z', status };
  }

  /** The package of one line arrived; `line` counts from 1. */
  delivered(line: number): DeliveryNotification {
    const { customerId, orderId, instanceId } = this;
    return {
      customerId,
      orderId,
      instanceId,
      packageId: line,
      sellerId: this.sellers[line - 1] as number,
      productId: line,
      productName: `Product ${line}`,
      status: 'delivered',
      deliveryDate: '2026-01-03T00:00:00.000Z',
    };
  }

  private customer(): InvoiceIssued['customer'] {
    return {
      CustomerId: this.customerId,
      FirstName: 'Ada',
      LastName: 'Moss',
      Street: '1 Root Lane',
      Complement: '',
      City: 'Figtree',
      State: 'GO',
      ZipCode: '12345',
      PaymentType: 'BOLETO',
      PaymentReference: `ref-${this.instanceId}`,
      CardBrand: '',
      Installments: 1,
      instanceId: this.instanceId,
    };
  }

  private items(): InvoiceIssued['items'] {
    return this.sellers.map((seller_id, index) => ({
      order_id: this.orderId,
      order_item_id: index + 1,
      seller_id,
      product_id: index + 1,
      product_name: `Product ${index + 1}`,
      unit_price: 10,
      freight_value: 1.01,
      quantity: 2,
      total_items: 20,
      total_amount: 18.5,
      total_incentive: 1.5,
      shipping_limit_date: '2026-01-04T00:00:00.000Z',
    }));
  }
}
