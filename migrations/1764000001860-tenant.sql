-- Behind the trace of an event stands the tenant, where the call that published it had one ("00-...-01 tenant=acme"): whoever looks
-- from outside sees both apart. What is no plain word in a tenant stays percent-encoded.
create or replace view banyan.published_events as
  select id, type, version, module, key, payload, split_part(traceparent, ' ', 1) as traceparent, conversation, causation, hops, occurred_at,
    nullif(split_part(traceparent, ' tenant=', 2), '') as tenant
  from banyan.events;
