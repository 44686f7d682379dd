import type { CartItem, CheckoutDetails } from './contract/cart.api.js';

/** A product as a seller offers it. */
export const product = (parts: Record<string, unknown> = {}) => ({
  seller_id: 1,
  product_id: 1,
  name: 'tea',
  sku: 'TEA0000000000001',
  category: 'drinks',
  description: 'leaves',
  price: 10,
  freight_value: 1.5,
  status: 'approved',
  active: true,
  version: '0',
  ...parts,
});

/** That product as a line of a cart. */
export const item = (parts: Partial<CartItem> = {}): CartItem => ({
  SellerId: 1,
  ProductId: 1,
  ProductName: 'tea',
  UnitPrice: 10,
  FreightValue: 1.5,
  Quantity: 2,
  Voucher: 0,
  Version: '0',
  ...parts,
});

/** A checkout of customer 7 as cart gets it. */
export const details = (instanceId: string): CheckoutDetails => ({
  CustomerId: 7,
  FirstName: 'Ada',
  LastName: 'Byron',
  Street: 'St James Square 12',
  Complement: '',
  City: 'London',
  State: 'LDN',
  ZipCode: '1815',
  PaymentType: 'BOLETO',
  PaymentReference: 'none',
  CardBrand: '',
  Installments: 1,
  instanceId,
});
