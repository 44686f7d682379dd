const SELLERS = ['Linden & Daughters', 'The Lamp Room', 'Harbour Tools', 'Paper Moon', 'Second Spring'];
const THINGS: readonly (readonly [name: string, category: string, price: number])[] = [
  ['Oak stool', 'furniture', 79.5],
  ['Reading lamp', 'light', 45],
  ['Linen apron', 'kitchen', 29.9],
  ['Cast-iron pan', 'kitchen', 64.25],
  ['Notebook, squared', 'paper', 7.8],
  ['Whetstone', 'tools', 22.4],
  ['Wool blanket', 'home', 89.99],
  ['Garden shears', 'tools', 34.6],
  ['Tea for one', 'kitchen', 18.75],
  ['Candle, beeswax', 'light', 12.3],
];
const CUSTOMERS: readonly (readonly [first: string, last: string])[] = [
  ['Ada', 'Vento'],
  ['Bao', 'Lindqvist'],
  ['Carla', 'Okafor'],
  ['Dmitri', 'Sand'],
  ['Esme', 'Haddad'],
];

/**
 * Loads a small shop into an empty database, over HTTP like anybody else, so that there is something to look at: five sellers
 * with ten products each, and five customers.
 */
export async function loadDemoData(url: string, note: (line: string) => void): Promise<void> {
  const known = await fetch(`${url}/seller/1`);
  if (known.status !== 404) return;
  note('Loading the demo data: 5 sellers, 50 products, 5 customers');
  const post = async (path: string, row: object) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(row),
    });
    if (!answer.ok)
      throw new Error(
        `The demo data was refused: POST ${path} answered ${answer.status}: ${await answer.text()}`,
      );
  };
  await Promise.all(CUSTOMERS.map((name, index) => post('/customer', customer(index + 1, name))));
  for (const [index, name] of SELLERS.entries()) {
    const seller = index + 1;
    await post('/seller', sellerRow(seller, name));
    for (const [thing, row] of THINGS.entries()) {
      await post('/product', product(seller, thing + 1, row));
      await post('/stock', stock(seller, thing + 1));
    }
  }
}

function customer(id: number, [first, last]: readonly [string, string]): object {
  return {
    id,
    first_name: first,
    last_name: last,
    address: `${id} Fig Street`,
    complement: '',
    birth_date: '1990-01-01',
    zip_code: `1000${id}`,
    city: 'Banyan Hill',
    state: 'BH',
    card_number: '4000000000000002',
    card_security_number: '123',
    card_expiration: '1239',
    card_holder_name: `${first} ${last}`,
    card_type: 'VISA',
    data: '',
  };
}

function sellerRow(id: number, name: string): object {
  return {
    id,
    name,
    company_name: name,
    email: `hello@seller${id}.example`,
    phone: '555-0100',
    mobile_phone: '555-0101',
    cpf: '000',
    cnpj: '000',
    address: `${id} Market Row`,
    complement: '',
    city: 'Banyan Hill',
    state: 'BH',
    zip_code: `2000${id}`,
  };
}

function product(
  seller_id: number,
  product_id: number,
  [name, category, price]: readonly [string, string, number],
): object {
  return {
    seller_id,
    product_id,
    name,
    sku: `DEMO${String(seller_id).padStart(6, '0')}${String(product_id).padStart(6, '0')}`,
    category,
    description: `${name}, made to last.`,
    price,
    freight_value: 4.9,
    status: 'approved',
    version: '0',
    active: true,
  };
}

function stock(seller_id: number, product_id: number): object {
  return {
    seller_id,
    product_id,
    qty_available: 10_000,
    qty_reserved: 0,
    order_count: 0,
    ytd: 10,
    data: '',
    version: '0',
    active: true,
  };
}
