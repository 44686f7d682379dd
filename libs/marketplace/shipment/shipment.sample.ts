import type { PaymentConfirmed } from '#marketplace/payment';

/** A paid order for specs: one line per seller in `sellers`, each of another product. */
export function paidOrder(customerId: number, orderId: number, sellers: readonly number[]): PaymentConfirmed {
  const instanceId = `checkout-${customerId}-${orderId}`;
  return {
    customer: {
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
    },
    orderId,
    totalAmount: 11 * sellers.length,
    items: sellers.map((seller_id, index) => ({
      order_id: orderId,
      order_item_id: index + 1,
      seller_id,
      product_id: index + 1,
      product_name: `Product ${index + 1}`,
      unit_price: 10,
      freight_value: 1,
      quantity: 1,
      total_items: 10,
      total_amount: 10,
      total_incentive: 0,
      shipping_limit_date: '2026-01-04T00:00:00.000Z',
    })),
    date: '2026-01-01T00:00:00.000Z',
    instanceId,
  };
}
