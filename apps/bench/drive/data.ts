import { PRODUCTS_PER_SELLER } from './options.js';
import { type Random, randomFor } from './random.js';

/** Where a run's own rows begin: ids above everything that existed before it. */
export interface IdRanges {
  readonly firstCustomer: number;
  readonly firstSeller: number;
}

/** A row for `POST /customer`, and what its checkouts will say. */
export type CustomerRow = ReturnType<typeof customerRow>;
/** A row for `POST /product`. Money in JSON is a number of two decimals. */
export type ProductRow = ReturnType<typeof productRow>;

const FIRST = [
  'Ada',
  'Bruno',
  'Clara',
  'Davi',
  'Elif',
  'Femi',
  'Grace',
  'Hugo',
  'Ines',
  'Jonas',
  'Kaya',
  'Lena',
  'Mateo',
  'Nuria',
];
const LAST = [
  'Abreu',
  'Borges',
  'Costa',
  'Dias',
  'Esteves',
  'Faria',
  'Gomes',
  'Haddad',
  'Ito',
  'Jansen',
  'Klein',
  'Lopes',
];
const STREETS = [
  'Rua das Flores',
  'Avenida Central',
  'Elm Street',
  'Nygade',
  'Lindenallee',
  'Via Roma',
  'Calle Mayor',
];
const CITIES: readonly (readonly [string, string])[] = [
  ['Copenhagen', 'CPH'],
  ['Recife', 'PE'],
  ['Porto', 'PT'],
  ['Leiden', 'ZH'],
  ['Lyon', 'ARA'],
];
const THINGS = [
  'lamp',
  'kettle',
  'chair',
  'scarf',
  'notebook',
  'bicycle bell',
  'teapot',
  'backpack',
  'clock',
  'blanket',
];
const LOOKS = ['small', 'red', 'solid', 'folding', 'quiet', 'bright', 'round', 'warm', 'plain', 'striped'];
const CATEGORIES = ['home', 'kitchen', 'garden', 'clothing', 'office', 'sport'];
const SKU = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const DIGITS = '0123456789';

/**
 * A customer, made up from the seed. Cards run for one to four years, not the reference's 25 days: a run over the turn of a month
 * would see refused cards.
 */
export function customerRow(seed: number, id: number, ordinal: number) {
  const random = randomFor(seed, 'customer', ordinal);
  const [first_name, last_name] = [random.pick(FIRST), random.pick(LAST)];
  const [city, state] = random.pick(CITIES);
  const own = random.chance(0.7);
  return {
    id,
    first_name,
    last_name,
    address: `${random.pick(STREETS)} ${random.int(1, 200)}`,
    complement: `floor ${random.int(0, 9)}`,
    birth_date: `${random.int(1940, 2006)}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`,
    zip_code: random.text(DIGITS, 5),
    city,
    state,
    card_number: random.text(DIGITS, 16),
    card_security_number: random.text(DIGITS, 3),
    card_expiration: `${two(random.int(1, 12))}${two((new Date().getUTCFullYear() % 100) + random.int(1, 4))}`,
    card_holder_name: own ? `${first_name} ${last_name}` : `${random.pick(FIRST)} ${random.pick(LAST)}`,
    card_type: random.pick(['VISA', 'AMERICAN_EXPRESS', 'MASTER_CARD']),
    data: sentence(random),
    success_payment_count: 0,
    failed_payment_count: 0,
    delivery_count: 0,
  };
}

/** A seller, made up from the seed: a row for `POST /seller`. */
export function sellerRow(seed: number, id: number, ordinal: number) {
  const random = randomFor(seed, 'seller', ordinal);
  const name = `${random.pick(FIRST)} ${random.pick(LAST)}`;
  const [city, state] = random.pick(CITIES);
  return {
    id,
    name,
    company_name: `${name} & Co`,
    email: `seller${id}@shop.example`,
    phone: random.text(DIGITS, 9),
    mobile_phone: random.text(DIGITS, 9),
    cpf: random.text(DIGITS, 11),
    cnpj: random.text(DIGITS, 14),
    address: `${random.pick(STREETS)} ${random.int(1, 200)}`,
    complement: `gate ${random.int(1, 9)}`,
    city,
    state,
    zip_code: random.text(DIGITS, 5),
  };
}

/** A product: 10.00 to 99.99, so that every later price can be told from every earlier one. */
export function productRow(seed: number, seller_id: number, product_id: number, sellerOrdinal: number) {
  const random = randomFor(seed, 'product', sellerOrdinal, product_id);
  return {
    seller_id,
    product_id,
    name: `${random.pick(LOOKS)} ${random.pick(THINGS)}`,
    sku: random.text(SKU, 16),
    category: random.pick(CATEGORIES),
    description: sentence(random),
    price: random.int(1_000, 9_999) / 100,
    freight_value: random.int(0, 999) / 100,
    status: 'approved',
    version: '0',
    active: true,
  };
}

/** The stock of a product: a row for `POST /stock`. */
export function stockRow(
  seed: number,
  seller_id: number,
  product_id: number,
  sellerOrdinal: number,
  qty: number,
) {
  const random = randomFor(seed, 'stock', sellerOrdinal, product_id);
  return {
    seller_id,
    product_id,
    qty_available: qty,
    qty_reserved: 0,
    order_count: 0,
    ytd: random.int(10, 99),
    data: sentence(random),
    version: '0',
    active: true,
  };
}

/** Everything that a run loads, made from its seed. */
export function dataSet(
  options: { seed: number; customers: number; products: number; qty: number },
  ids: IdRanges,
) {
  const { seed, qty } = options;
  const sellerCount = options.products / PRODUCTS_PER_SELLER;
  const ordinals = (count: number) => Array.from({ length: count }, (_, at) => at);
  const keys = ordinals(sellerCount).flatMap((seller) =>
    ordinals(PRODUCTS_PER_SELLER).map((at) => [ids.firstSeller + seller, at + 1, seller] as const),
  );
  return {
    customers: ordinals(options.customers).map((at) => customerRow(seed, ids.firstCustomer + at, at)),
    sellers: ordinals(sellerCount).map((at) => sellerRow(seed, ids.firstSeller + at, at)),
    products: keys.map(([seller, product, at]) => productRow(seed, seller, product, at)),
    stock: keys.map(([seller, product, at]) => stockRow(seed, seller, product, at, qty)),
  };
}

function sentence(random: Random): string {
  return `A ${random.pick(LOOKS)} and ${random.pick(LOOKS)} ${random.pick(THINGS)} for the ${random.pick(CATEGORIES)}.`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
