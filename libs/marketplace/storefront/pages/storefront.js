import { ask, element, find, money, remembered, say } from './shop.js';

const REFRESH_MS = 1_500;
const PATIENCE_MS = 20_000;
const SHOWN_SELLERS = 12;
const SHOWN_ORDERS = 5;
const STEPS = ['Invoiced', 'Paid', 'On the way', 'Delivered'];

const at = (selector) => document.querySelector(selector);
const customer = at('#customer');
const says = at('#says');
let seller = 1;

/** Sellers are numbered from 1; there is no list of them, so they are asked for until one is missing. */
async function showSellers() {
  const found = [];
  for (let id = 1; id <= SHOWN_SELLERS; id++) {
    const one = await find(`/seller/${id}`);
    if (!one) break;
    found.push(one);
  }
  if (found.length === 0) say(says, 'There are no sellers yet. Register one with POST /seller.');
  at('#sellers').replaceChildren(
    ...found.map((one) => {
      const button = element('button', { type: 'button' }, one.name);
      button.dataset.seller = one.id;
      button.addEventListener('click', () => {
        seller = one.id;
        void showProducts();
      });
      return button;
    }),
  );
}

async function showProducts() {
  for (const button of at('#sellers').children) {
    button.setAttribute('aria-pressed', String(Number(button.dataset.seller) === seller));
  }
  const [products, stock] = await Promise.all([find(`/product/${seller}`, []), find(`/stock/${seller}`, [])]);
  const pieces = new Map(stock.map((item) => [item.product_id, item.qty_available - item.qty_reserved]));
  at('#products').replaceChildren(
    ...products.filter((product) => product.active).map((product) => card(product, pieces)),
  );
}

function card(product, pieces) {
  const left = pieces.get(product.product_id) ?? 0;
  const button = element(
    'button',
    { type: 'button', disabled: left < 1 },
    left < 1 ? 'Sold out' : 'Add to cart',
  );
  button.setAttribute('aria-label', `${button.textContent}: ${product.name}`);
  button.addEventListener('click', () => void act(says, () => add(product)));
  return element(
    'li',
    { className: 'card' },
    element('h3', {}, product.name),
    element('p', { className: 'muted' }, product.category),
    element('p', { className: 'price' }, money(product.price)),
    element('p', { className: 'muted' }, `+ ${money(product.freight_value)} freight · ${left} left`),
    button,
  );
}

async function add(product) {
  const lines = (await find(`/cart/${customer.value}`))?.items ?? [];
  const line = lines.find(
    (one) => one.SellerId === product.seller_id && one.ProductId === product.product_id,
  );
  await ask('PATCH', `/cart/${customer.value}/add`, {
    SellerId: product.seller_id,
    ProductId: product.product_id,
    ProductName: product.name,
    UnitPrice: product.price,
    FreightValue: product.freight_value,
    Quantity: (line?.Quantity ?? 0) + 1,
    Voucher: 0,
    Version: product.version,
  });
  say(says, `${product.name} is in your cart.`);
  await showCart();
}

async function showCart() {
  const lines = (await find(`/cart/${customer.value}`))?.items ?? [];
  const rows = lines.map((line) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, line.ProductName),
      element('td', {}, `× ${line.Quantity}`),
      element('td', { className: 'number' }, money(line.UnitPrice * line.Quantity)),
    ),
  );
  const empty = element('tr', {}, element('td', { colSpan: 3, className: 'muted' }, 'Nothing yet.'));
  at('#cart').replaceChildren(...(rows.length > 0 ? rows : [empty]));
  const total = lines.reduce((sum, line) => sum + line.UnitPrice * line.Quantity + line.FreightValue, 0);
  at('#total').textContent = money(total);
  at('#checkout [type=submit]').disabled = lines.length === 0;
  at('#empty').disabled = lines.length === 0;
}

/** Sends the cart, then waits for the mark that ends the transaction: only then is it known whether there is an order. */
async function checkOut() {
  const details = await ask('GET', `/customer/${customer.value}`);
  const tid = `web-${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
  say(says, 'Checking out …');
  const ending = endOf(tid);
  try {
    await ending.listening; // the marks begin with the next one: nothing may end before somebody listens
    await ask('POST', `/cart/${customer.value}/checkout`, checkoutOf(details, tid));
    await showCart();
    say(says, 'Accepted: stock, order, payment and shipment are at work …');
    const mark = await ending.mark;
    if (!mark) say(says, 'Still at work: your order appears below when it is made.');
    else if (mark.status === 'SUCCESS') say(says, 'Thank you! Your order is paid and on its way.');
    else
      say(
        says,
        `It did not work out: ${mark.source} ended it with ${mark.status.toLowerCase().replace('_', ' ')}.`,
        true,
      );
  } finally {
    ending.stop();
    await Promise.all([showCart(), showOrders(), showProducts()]);
  }
}

function checkoutOf(details, tid) {
  const card = at('#payment').value !== 'BOLETO';
  return {
    CustomerId: details.id,
    FirstName: details.first_name,
    LastName: details.last_name,
    Street: details.address,
    Complement: details.complement,
    City: details.city,
    State: details.state,
    ZipCode: details.zip_code,
    PaymentType: at('#payment').value,
    ...(card && {
      CardNumber: at('#card-number').value,
      CardHolderName: `${details.first_name} ${details.last_name}`,
      CardExpiration: at('#card-until').value,
      CardSecurityNumber: at('#card-code').value,
      CardBrand: 'VISA',
    }),
    Installments: 1,
    instanceId: tid,
  };
}

/** The mark of one transaction; nothing if none comes in time. */
function endOf(tid) {
  const source = new EventSource('/marks');
  const listening = new Promise((resolve) => {
    source.addEventListener('open', resolve);
    source.addEventListener('error', resolve); // without marks, the order still appears in the list
  });
  let stop = () => {};
  const mark = new Promise((resolve) => {
    const late = setTimeout(() => resolve(undefined), PATIENCE_MS);
    stop = () => {
      clearTimeout(late);
      source.close();
      resolve(undefined);
    };
    source.addEventListener('message', (event) => {
      const told = JSON.parse(event.data);
      if (told.tid === tid) resolve(told);
    });
  });
  return { listening, mark, stop };
}

async function showOrders() {
  const whose = customer.value;
  const orders = (await find(`/order/${whose}`, [])).slice(-SHOWN_ORDERS).reverse();
  const tracked = await Promise.all(
    orders.map((order) => ask('GET', `/tracking/${whose}/${order.order_id}`)),
  );
  if (whose !== customer.value) return;
  const none = element('li', { className: 'muted' }, 'None yet.');
  at('#orders').replaceChildren(...(tracked.length > 0 ? tracked.map(orderLine) : [none]));
}

function orderLine({ orderId, summary, order, payment, shipment }) {
  const failed = order.status === 'PAYMENT_FAILED';
  const parcels = shipment.shipment;
  const far = [
    true,
    payment.state === 'settled',
    shipment.state === 'known',
    parcels !== undefined && shipment.delivered === parcels.package_count,
  ];
  const steps = STEPS.map((step, index) => {
    const bad = failed && index === 1;
    return element('li', { className: bad ? 'failed' : far[index] ? 'done' : '' }, bad ? 'Not paid' : step);
  });
  return element(
    'li',
    {},
    element('p', {}, element('strong', {}, `No. ${orderId}`), ` · ${money(order.total_invoice)}`),
    element('ol', { className: 'steps', ariaHidden: 'true' }, ...steps),
    element('p', { className: 'muted' }, summary),
  );
}

async function deliver() {
  const { delivered } = await ask('PATCH', `/shipment/web-${Date.now()}`);
  const count = delivered.length;
  say(
    at('#delivered'),
    count === 0 ? 'Nothing is on its way.' : `${count} ${count === 1 ? 'package' : 'packages'} delivered.`,
  );
  await showOrders();
}

/** Does something for a click; what goes wrong is said, in the shop's words. */
async function act(line, work) {
  try {
    await work();
  } catch (error) {
    say(line, error.message, true);
  }
}

async function showCustomer() {
  const details = await find(`/customer/${customer.value}`);
  at('#customer-name').textContent = details ? `${details.first_name} ${details.last_name}` : 'nobody yet';
  say(says, '');
  await Promise.all([showCart(), showOrders()]);
}

async function keepFresh() {
  if (!document.hidden) await act(at('#delivered'), showOrders);
  setTimeout(keepFresh, REFRESH_MS);
}

remembered(customer, 'customer', () => void act(says, showCustomer));
at('#payment').addEventListener('change', (event) => {
  at('#card').hidden = event.target.value === 'BOLETO';
});
at('#checkout').addEventListener('submit', (event) => {
  event.preventDefault();
  void act(says, checkOut);
});
at('#empty').addEventListener('click', () => {
  void act(says, async () => {
    await ask('PATCH', `/cart/${customer.value}/seal`);
    await showCart();
  });
});
at('#deliver').addEventListener('click', () => void act(at('#delivered'), deliver));
await act(says, async () => {
  await showSellers();
  await Promise.all([showProducts(), showCustomer()]);
});
void keepFresh();
