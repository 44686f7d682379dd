import { ask, element, find, money, remembered, say } from './shop.js';

const REFRESH_MS = 2_000;
const input = document.querySelector('#seller');
const says = document.querySelector('#says');
const body = document.querySelector('#entries tbody');
const sums = document.querySelector('#sums');

const words = (status) => status.toLowerCase().replaceAll('_', ' ');
const cell = (text, number = false) => element('td', { className: number ? 'number' : '' }, String(text));

function show({ sellerView: sum, orderEntries }) {
  const tiles = [
    ['Open orders', sum.count_orders],
    ['Order lines', sum.count_items],
    ['Goods', money(sum.total_items)],
    ['Vouchers', money(sum.total_incentive)],
    ['Amount', money(sum.total_amount)],
    ['Freight', money(sum.total_freight)],
    ['Invoiced', money(sum.total_invoice)],
  ];
  sums.replaceChildren(
    ...tiles.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, String(value))),
    ),
  );
  body.replaceChildren(
    ...orderEntries.map((entry) =>
      element(
        'tr',
        {},
        cell(`Customer ${entry.customer_id}, no. ${entry.order_id}`),
        cell(entry.product_name),
        cell(words(entry.order_status)),
        cell(entry.delivery_status ? words(entry.delivery_status) : '–'),
        cell(entry.quantity, true),
        cell(money(entry.total_amount), true),
        cell(money(entry.freight_value), true),
        cell(money(entry.total_invoice), true),
      ),
    ),
  );
  say(
    says,
    orderEntries.length === 0 ? 'Nothing is open. Buy something in the shop, and it appears here.' : '',
  );
}

async function refresh() {
  const seller = input.value;
  try {
    const dashboard = await ask('GET', `/seller/dashboard/${seller}`);
    if (seller === input.value) show(dashboard);
  } catch (error) {
    sums.replaceChildren();
    body.replaceChildren();
    say(says, error.message, true);
  }
}

async function greet() {
  const seller = await find(`/seller/${input.value}`);
  document.querySelector('#seller-name').textContent = seller?.name ?? '';
}

/** One question at a time, and none while nobody looks. */
async function keepFresh() {
  if (!document.hidden) await refresh();
  setTimeout(keepFresh, REFRESH_MS);
}

remembered(input, 'seller', () => {
  void greet();
  void refresh();
});
void greet();
void keepFresh();
