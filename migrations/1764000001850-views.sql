-- What others may rely on: the tables behind these views are the platform's own and may change, these don't. For whoever looks
-- from outside as the owner of the tables: a report, an export, an oracle that checks us. README.md of conservation lists them.

create view banyan.published_events as
  select id, type, version, module, key, payload, traceparent, conversation, causation, hops, occurred_at from banyan.events;

create view banyan.delivery_states as
  select listener, event_id, key, state, attempts, due_at, settled_at, reason from banyan.deliveries;

create view banyan.failed_attempts as
  select listener, event_id, attempt, kind, error_class, message, traceparent, app, instance, at from banyan.attempts;

create view banyan.heard_types as
  select s.type, s.listener, l.module, l.ordered, s.since
  from banyan.subscriptions s join banyan.listeners l on l.name = s.listener;

create view banyan.operator_actions as
  select listener, event_id, action, who, why, state_before, state_after, at from banyan.dead_letter_actions;
