-- What is known of the calls that a listener has made to the outside world on account of a delivery. The columns are null for
-- every other listener, and cost it nothing: its rows have room for them in their headers.
alter table banyan.deliveries
  add column calls smallint,            -- how often it was taken for a call
  add column effect_key uuid,           -- idempotency key, the same for all of them, whatever the listener is called by then
  add column first_call_at timestamptz,
  add column last_call_at timestamptz,
  add column called_app text,           -- who made the last one
  add column called_instance text,
  add column outcome text check (outcome in ('unknown', 'done', 'failed'));
grant update (calls, effect_key, first_call_at, last_call_at, called_app, called_instance, outcome)
  on banyan.deliveries to banyan_module;

-- The effect ledger, for whoever looks from outside as the owner of the tables. unknown: a call is out, was cut off, or ended without
-- anybody vouching that it had no effect; done: its result is recorded; failed: none has had an effect.
create view banyan.effects as
  select d.listener, d.event_id, d.effect_key, d.outcome, d.calls, d.first_call_at, d.last_call_at,
    d.called_app as app, d.called_instance as instance, d.state, d.due_at,
    (select a.error_class || ': ' || a.message from banyan.attempts a
     where a.listener = d.listener and a.event_id = d.event_id order by a.attempt desc, a.id desc limit 1) as last_error
  from banyan.deliveries d where d.calls > 0;
