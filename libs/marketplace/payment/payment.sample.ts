import { fromCents, toCents } from '#marketplace/money';
import type { InvoiceIssued } from '#marketplace/order';

/**
 * An invoice for tests: a line of 10.00 and freight of 2.00 for each incentive.
 *
 * @param options.customerId who owes it, 1 unless told
 * @param options.orderId its number, 1 unless told
 * @param options.reference what stands for the way to pay
 */
export function anInvoice(
  options: { customerId?: number; orderId?: number; reference?: string; incentives?: readonly number[] } = {},
): InvoiceIssued {
  const { customerId = 1, orderId = 1, reference = 'none', incentives = [0] } = options;
  const tid = `tid-${customerId}-${orderId}`;
  const items = incentives.map((incentive, index) => ({
    order_id: orderId,
    order_item_id: index + 1,
    seller_id: 1,
    product_id: index + 1,
    product_name: 'lamp',
    unit_price: 10,
    freight_value: 2,
    quantity: 1,
    total_items: 10,
    total_amount: fromCents(1_000 - toCents(incentive)),
    total_incentive: incentive,
    shipping_limit_date: '2026-01-04T00:00:00.000Z',
  }));
  const total = items.reduce(
    (cents, item) => cents + toCents(item.total_amount) + toCents(item.freight_value),
    0,
  );
  return {
    customer: {
      CustomerId: customerId,
      FirstName: 'Ada',
      LastName: 'Byron',
      Street: 'Street 1',
      Complement: '',
      City: 'London',
      State: 'LD',
      ZipCode: '1000',
      PaymentType: 'CREDIT_CARD',
      PaymentReference: reference,
      CardBrand: 'VISA',
      Installments: 3,
      instanceId: tid,
    },
    orderId,
    invoiceNumber: `${customerId}-20260101-${orderId}`,
    issueDate: '2026-01-01T00:00:00.000Z',
    totalInvoice: fromCents(total),
    items,
    instanceId: tid,
  };
}
