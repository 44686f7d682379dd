import { z } from 'zod';

/** A seller as it is registered, and as it is read (spec, section 2). */
export const Seller = z.object({
  id: z.int32().positive(),
  name: z.string(),
  company_name: z.string().default(''),
  email: z.string().default(''),
  phone: z.string().default(''),
  mobile_phone: z.string().default(''),
  cpf: z.string().default(''),
  cnpj: z.string().default(''),
  address: z.string().default(''),
  complement: z.string().default(''),
  city: z.string().default(''),
  state: z.string().default(''),
  zip_code: z.string().default(''),
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
