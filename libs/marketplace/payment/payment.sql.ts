/** The SQL of payment, a constant per statement: Postgres prepares each once per connection. */

import { isoColumn } from '#marketplace/text';

/**
 * Keeps a way to pay; a checkout that comes again gets the reference of its first one.
 * ($1 reference, $2 tid, $3 customer, $4 type, $5 number, $6 last four, $7 holder, $8 expiration, $9 brand,
 * $10 instalments)
 */
export const keepMethod = `
  insert into payment.methods (reference, tid, customer_id, type, card_number, card_last4, card_holder_name,
    card_expiration, card_brand, installments)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (tid) do update set tid = excluded.tid
  returning reference`;

/**
 * Writes down that an invoice is to be charged; no row when it was before.
 * ($1 invoice, $2 customer, $3 order, $4 tid, $5 reference, $6 amount)
 */
export const intend = `
  insert into payment.charges (invoice_number, customer_id, order_id, tid, method_reference, amount)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (invoice_number) do nothing
  returning 1`;

/** Counts a call and hands out what it needs; no row when the charge was answered already. ($1 invoice) */
export const beginCall = `
  with called as (
    update payment.charges set calls = calls + 1, called_at = clock_timestamp()
    where invoice_number = $1 and answered_at is null
    returning method_reference
  )
  select m.type, m.card_number, m.card_expiration
  from called left join payment.methods m on m.reference = called.method_reference`;

/**
 * Writes down the answer and drops the card's number, which nobody needs any more; no row when there was an
 * answer already.
 * ($1 invoice, $2 status, $3 the provider's id)
 */
export const answer = `
  with answered as (
    update payment.charges set answered_at = clock_timestamp(), status = $2, provider_id = $3
    where invoice_number = $1 and answered_at is null
    returning method_reference
  ), spent as (
    update payment.methods set card_number = null
    where reference in (select method_reference from answered)
    returning card_last4, card_holder_name, card_expiration, card_brand
  )
  select spent.* from answered left join spent on true`;

/**
 * The lines of a payment, and the card of the first one where there is one.
 * ($1 customer, $2 order; per line: $3 sequential, $4 type, $5 instalments, $6 value, $7 status; the card or
 * nulls: $8 masked number, $9 holder, $10 expiration, $11 brand)
 */
export const insertLines = `
  with lines as (
    insert into payment.order_payments (customer_id, order_id, sequential, type, installments, value, status)
    select $1, $2, * from unnest($3::int[], $4::text[], $5::int[], $6::numeric[], $7::text[])
  )
  insert into payment.order_payment_cards
    (customer_id, order_id, sequential, card_number, card_holder_name, card_expiration, card_brand)
  select $1, $2, 1, $8::text, $9::text, $10::text, $11::text where $8::text is not null`;

/** The lines of a payment with their cards, each as others see it, in order. ($1 customer, $2 order) */
export const findLines = `
  select to_json(found) as line from (
    select customer_id, order_id, sequential, type, installments, value, status, ${isoColumn('created_at')},
      (select to_json(card) from (
        select card_number, card_holder_name, card_expiration, card_brand from payment.order_payment_cards c
        where (c.customer_id, c.order_id, c.sequential) = (p.customer_id, p.order_id, p.sequential)) card) as card
    from payment.order_payments p where customer_id = $1 and order_id = $2) found
  order by sequential`;

/**
 * Drops card numbers that nobody came to charge, the oldest first, but for those that another sweep has in its hands.
 * ($1 how old, as an interval; $2 how many)
 */
export const forgetUnspent = `
  update payment.methods set card_number = null
  where reference in (
    select m.reference from payment.methods m
    where m.card_number is not null and m.kept_at < now() - $1::interval
      and not exists (
        select from payment.charges c where c.method_reference = m.reference and c.answered_at is null)
    order by m.kept_at limit $2
    for update of m skip locked)
  returning 1`;
