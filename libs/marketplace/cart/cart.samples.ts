import type { CartItem, CheckoutDetails } from './contract/cart.api.js';

/** The product of product.sample as a line of a cart, for specs. */
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
