import type { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import type { DeliveryNotification } from '#marketplace/shipment';
import type { ReserveStockFailed } from '#marketplace/stock';

/** A payment that went well, for specs. */
export function paid(customerId: number, orderId: number): PaymentConfirmed {
  const { status: _, ...payment } = refused(customerId, orderId);
  return { ...payment, date: '2026-01-01T00:00:00.000Z' };
}

/** A payment that was refused, for specs. */
export function refused(customerId: number, orderId: number): PaymentFailed {
  const item = {
    order_id: orderId,
    order_item_id: 1,
    seller_id: 1,
    product_id: 1,
    product_name: 'Product 1',
    unit_price: 10,
    freight_value: 1,
    quantity: 1,
    total_items: 10,
    total_amount: 10,
    total_incentive: 0,
    shipping_limit_date: '2026-01-04T00:00:00.000Z',
  };
  const instanceId = `checkout-${customerId}-${orderId}`;
  const customer = details(customerId, instanceId);
  return { status: 'canceled', customer, orderId, items: [item], totalAmount: 11, instanceId };
}

/** A package that arrived, for specs. */
export function delivered(customerId: number, orderId: number, packageId: number): DeliveryNotification {
  return {
    customerId,
    orderId,
    packageId,
    sellerId: 1,
    productId: packageId,
    productName: `Product ${packageId}`,
    status: 'delivered',
    deliveryDate: '2026-01-03T00:00:00.000Z',
    instanceId: 'delivery',
  };
}

/** A reservation that failed, for specs. */
export function notReserved(customerId: number): ReserveStockFailed {
  const products = [
    { Id: 1, SellerId: 1, Status: 'UNAVAILABLE' as const, UnitPrice: 10, OldUnitPrice: 10, QtyAvailable: 0 },
  ];
  const customerCheckout = details(customerId, 'checkout');
  return { timestamp: '2026-01-01T00:00:00.000Z', customerCheckout, products, instanceId: 'checkout' };
}

function details(customerId: number, instanceId: string): PaymentConfirmed['customer'] {
  return {
    CustomerId: customerId,
    FirstName: 'Ada',
    LastName: 'Moss',
    Street: '1 Root Lane',
    Complement: '',
    City: 'Figtree',
    State: 'GO',
    ZipCode: '12345',
    PaymentType: 'BOLETO',
    PaymentReference: `ref-${instanceId}`,
    CardBrand: '',
    Installments: 1,
    instanceId,
  };
}
