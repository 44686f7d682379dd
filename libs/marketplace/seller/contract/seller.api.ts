import { z } from 'zod';
import { Id, text } from '#marketplace/text';

/** A seller as it is registered, and as it is read (spec, section 2). */
export const Seller = z.object({
  id: Id,
  name: text(200),
  company_name: text(200).default(''),
  email: text(200).default(''),
  phone: text(200).default(''),
  mobile_phone: text(200).default(''),
  cpf: text(200).default(''),
  cnpj: text(200).default(''),
  address: text(500).default(''),
  complement: text(500).default(''),
  city: text(200).default(''),
  state: text(200).default(''),
  zip_code: text(200).default(''),
});
export type Seller = z.infer<typeof Seller>;

/** One line of one order, as its seller follows it. Money is a JSON number, dates are ISO 8601 strings. */
export interface OrderEntry {
  customer_id: number;
  order_id: number;
  seller_id: number;
  product_id: number;
  /** `<customer>_<order>`: names the order, whose number alone is only unique per customer. */
  natural_key: string;
  package_id: number | null;
  product_name: string;
  product_category: string;
  unit_price: number;
  quantity: number;
  total_items: number;
  total_amount: number;
  total_incentive: number;
  total_invoice: number;
  freight_value: number;
  shipment_date: string | null;
  delivery_date: string | null;
  order_status: string;
  delivery_status: string | null;
}

/** The sums over a seller's open entries. */
export interface SellerView {
  seller_id: number;
  /** Orders, told apart by customer and number. */
  count_orders: number;
  count_items: number;
  total_amount: number;
  total_freight: number;
  total_incentive: number;
  total_invoice: number;
  total_items: number;
}

/** What a seller has open: the sums, and the entries that they are the sums of, read at one moment. */
export interface Dashboard {
  sellerView: SellerView;
  orderEntries: OrderEntry[];
}

/** What others may ask of seller. */
export abstract class SellerApi {
  /** One seller. @throws Refusal `seller.unknown` (not-found) */
  abstract find(id: number): Promise<Seller>;

  /** Registers a seller, or replaces what is known of one. */
  abstract register(seller: Seller): Promise<void>;

  /** What a seller has open now, from one snapshot. @throws Refusal `seller.unknown` (not-found) */
  abstract dashboard(sellerId: number): Promise<Dashboard>;

  /** Between runs of a benchmark: forgets every order entry. */
  abstract reset(): Promise<void>;

  /** After an experiment: forgets everything. */
  abstract cleanup(): Promise<void>;
}
