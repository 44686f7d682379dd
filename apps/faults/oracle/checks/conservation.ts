import { bySql } from '../check.js';

/** O7: money and goods are neither made nor lost. */
export const conservation = [
  bySql(
    'O7 money',
    'what the accounts and the till hold together is what they began with',
    `select accounts, takings from (select sum(balance)::int as accounts from bank.accounts) a,
       (select sum(takings)::int as takings from bank.till) t where accounts + takings <> 20000`,
  ),
  bySql(
    'O7 takings',
    'the till holds what was charged for orders',
    `select takings, charged from (select takings from bank.till) t,
       (select coalesce(sum((payload ->> 'amount')::int), 0)::int as charged from banyan.published_events
        where type = 'OrderCharged') c where takings <> charged`,
  ),
  bySql(
    'O7 goods',
    'what is on the shelf, reserved and shipped is what there was, and nothing stays reserved',
    `select product, on_hand, reserved, shipped from shop.stock
     where on_hand + reserved + shipped <> 100000 or on_hand < 0 or (reserved <> 0 and not exists (
       select from banyan.delivery_states where state in ('pending', 'dead') and listener in ('bank.charge', 'shop.ship', 'shop.put-back')))`,
  ),
];
