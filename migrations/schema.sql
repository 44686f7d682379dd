-- The schema that the migrations make: for review, never run by the application. Every change of a migration changes this
-- file too, so that what it really does is seen. Written by `npm run schema:dump`; don't edit it by hand.
-- BullMQ's own schema is not here.

set check_function_bodies = off;

-- roles -----------------------------------------------------------------------------------------------
do $$ declare role_name text; begin
  foreach role_name in array array[
    'banyan_benchmark',
    'banyan_cart',
    'banyan_checkout',
    'banyan_customer',
    'banyan_module',
    'banyan_order',
    'banyan_payment',
    'banyan_product',
    'banyan_seller',
    'banyan_shipment',
    'banyan_stock'
  ] loop
    begin
      execute format('create role %I nologin', role_name);
    exception when duplicate_object or unique_violation then null; -- made for another database of the cluster
    end;
  end loop;
end $$;
grant banyan_module to banyan_benchmark, banyan_cart, banyan_checkout, banyan_customer, banyan_order, banyan_payment, banyan_product, banyan_seller, banyan_shipment, banyan_stock;
grant banyan_benchmark, banyan_cart, banyan_checkout, banyan_customer, banyan_order, banyan_payment, banyan_product, banyan_seller, banyan_shipment, banyan_stock to current_user;

-- schema banyan ---------------------------------------------------------------------------------------
create schema banyan;
create domain banyan.call_outcome as text CHECK ((VALUE = ANY (ARRAY['unknown'::text, 'done'::text, 'failed'::text])));
create domain banyan.delivery_state as text CHECK ((VALUE = ANY (ARRAY['pending'::text, 'done'::text, 'skipped'::text, 'dead'::text, 'resolved'::text, 'discarded'::text])));

CREATE OR REPLACE FUNCTION banyan.end_slice()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  next_id bigint;
  after bigint;
begin
  perform pg_advisory_xact_lock(7305, 1);
  select case when is_called then last_value + 1 else last_value end into next_id from banyan.events_id_seq;
  select high into after from banyan.slices where low <= next_id and next_id < high;
  if next_id > after - 100000 or not exists (select from banyan.slices where low = after) then return false; end if;
  perform setval('banyan.events_id_seq', after, false);
  return true;
end $function$;
revoke execute on function banyan.end_slice() from public;

CREATE OR REPLACE FUNCTION banyan.found_module(module text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  role_name text := 'banyan_' || module;
begin
  begin
    execute format('create role %I nologin', role_name);
  exception when duplicate_object or unique_violation then null; -- made for another database of this cluster
  end;
  execute format('grant banyan_module to %I', role_name);
  execute format('grant %I to current_user', role_name);
  execute format('create schema if not exists %I', module);
  execute format('grant usage on schema %I to %I', module, role_name);
  execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', module, role_name);
  execute format('alter default privileges in schema %I grant usage, select on sequences to %I', module, role_name);
end $function$;
revoke execute on function banyan.found_module(text) from public;

CREATE OR REPLACE FUNCTION banyan.is_kept(event_id bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (select from banyan.slices where low <= event_id and event_id < high)
$function$;
revoke execute on function banyan.is_kept(bigint) from public;

CREATE OR REPLACE FUNCTION banyan.look_down_to(event_id bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
  update banyan.work_floor set low = least(low, event_id)
$function$;
revoke execute on function banyan.look_down_to(bigint) from public;

CREATE OR REPLACE FUNCTION banyan.make_slices(ahead integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  next_id bigint;
  top bigint;
  made int := 0;
  whole text;
  part text;
begin
  perform pg_advisory_xact_lock(7305, 1);
  select case when is_called then last_value + 1 else last_value end into next_id from banyan.events_id_seq;
  select max(high) into top from banyan.slices;
  while (select count(*) from banyan.slices where low > next_id) < ahead loop
    foreach whole in array array['events', 'deliveries', 'attempts'] loop
      part := whole || '_' || top / 1000000;
      execute format('create table banyan.%I (like banyan.%I including defaults including constraints including indexes including storage)%s',
        part, whole, case whole when 'deliveries' then ' with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)' else '' end);
      execute format('alter table banyan.%I enable row level security', part);
      execute format('alter table banyan.%I attach partition banyan.%I for values from (%s) to (%s)', whole, part, top, top + 1000000);
    end loop;
    insert into banyan.slices (low, high) values (top, top + 1000000);
    made := made + 1;
    top := top + 1000000;
  end loop;
  return made;
end $function$;
revoke execute on function banyan.make_slices(integer) from public;

CREATE OR REPLACE FUNCTION banyan.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '%.% is an audit: add rows, change none, and leave its end to AUDIT_KEEP_DAYS.', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $function$;
revoke execute on function banyan.refuse_change() from public;

CREATE OR REPLACE FUNCTION banyan.spread_as_its_listener()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  select ordered, partitions into strict new.ordered, new.partitions from banyan.listeners where name = new.listener for share;
  return new;
end $function$;
revoke execute on function banyan.spread_as_its_listener() from public;

CREATE OR REPLACE FUNCTION banyan.spread_what_it_hears()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update banyan.subscriptions set ordered = new.ordered, partitions = new.partitions where listener = new.name;
  return new;
end $function$;
revoke execute on function banyan.spread_what_it_hears() from public;

create sequence banyan.migrations_id_seq as integer;

create table banyan.attempts (
  id bigint not null generated always as identity,
  listener text not null,
  event_id bigint not null,
  attempt smallint not null,
  kind text not null,
  error_class text not null,
  message text not null,
  stack text,
  app text not null,
  instance text not null,
  traceparent text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint attempts_pkey PRIMARY KEY (event_id, id),
  constraint attempts_kind_check CHECK ((kind = ANY (ARRAY['refusal'::text, 'fault'::text, 'bug'::text, 'crash'::text])))
) partition by RANGE (event_id);
CREATE INDEX attempts_of_delivery ON ONLY banyan.attempts USING btree (listener, event_id);
alter table banyan.attempts enable row level security;

create table banyan.breaking_migrations (
  name text not null,
  constraint breaking_migrations_pkey PRIMARY KEY (name)
);

create table banyan.conservation_looks (
  one boolean not null default true,
  looked_at timestamp with time zone not null,
  complete_at timestamp with time zone not null,
  complete_ms double precision not null,
  settled bigint not null,
  next_settled bigint not null,
  next_at timestamp with time zone not null,
  gaps json not null,
  constraint conservation_looks_pkey PRIMARY KEY (one),
  constraint conservation_looks_one_check CHECK (one)
);

create table banyan.dead_letter_actions (
  id bigint not null generated always as identity,
  listener text not null,
  event_id bigint not null,
  action text not null,
  who text not null,
  why text,
  state_before text not null,
  state_after text not null,
  reason_before text,
  attempts smallint not null,
  cause text,
  at timestamp with time zone not null default clock_timestamp(),
  constraint dead_letter_actions_pkey PRIMARY KEY (id),
  constraint dead_letter_actions_action_check CHECK ((action = ANY (ARRAY['replay'::text, 'discard'::text, 'resolve'::text, 'restore'::text]))),
  constraint dead_letter_actions_check CHECK (((action = 'replay'::text) OR (why IS NOT NULL))),
  constraint dead_letter_actions_who_check CHECK ((btrim(who) <> ''::text)),
  constraint dead_letter_actions_why_check CHECK ((btrim(why) <> ''::text))
);
CREATE INDEX dead_letter_actions_of_delivery ON banyan.dead_letter_actions USING btree (listener, event_id);

create table banyan.deliveries (
  listener text not null,
  event_id bigint not null,
  partition smallint not null,
  key text,
  state banyan.delivery_state not null default 'pending'::text,
  attempts smallint not null default 0,
  due_at timestamp with time zone not null default clock_timestamp(),
  settled_at timestamp with time zone,
  reason text,
  waits_for text,
  crashes smallint not null default 0,
  calls smallint,
  effect_key uuid,
  first_call_at timestamp with time zone,
  last_call_at timestamp with time zone,
  called_app text,
  called_instance text,
  outcome banyan.call_outcome,
  constraint deliveries_pkey PRIMARY KEY (listener, event_id)
) partition by RANGE (event_id);
CREATE INDEX deliveries_dead ON ONLY banyan.deliveries USING btree (settled_at, event_id) WHERE ((state)::text = 'dead'::text);
CREATE INDEX deliveries_pending ON ONLY banyan.deliveries USING btree (listener, partition, event_id) WHERE ((state)::text = 'pending'::text);
CREATE INDEX deliveries_stuck ON ONLY banyan.deliveries USING btree (listener, key, event_id) WHERE (((attempts > 0) OR (waits_for IS NOT NULL)) AND ((state)::text = ANY (ARRAY['pending'::text, 'dead'::text])));
CREATE INDEX deliveries_suspect ON ONLY banyan.deliveries USING btree (listener, partition) WHERE (((state)::text = 'pending'::text) AND (crashes > 0));
CREATE INDEX deliveries_waiting ON ONLY banyan.deliveries USING btree (listener, waits_for) WHERE (waits_for IS NOT NULL);
alter table banyan.deliveries enable row level security;

create table banyan.erasures (
  id bigint not null generated always as identity,
  subject_kind text not null,
  subject_id text not null,
  who text not null,
  why text not null,
  events integer not null,
  attempts integer not null,
  reasons integer not null,
  actions integer not null,
  at timestamp with time zone not null default clock_timestamp(),
  lines integer not null default 0,
  spans integer not null default 0,
  constraint erasures_pkey PRIMARY KEY (id),
  constraint erasures_who_check CHECK ((btrim(who) <> ''::text)),
  constraint erasures_why_check CHECK ((btrim(why) <> ''::text))
);

create table banyan.events (
  id bigint not null generated always as identity,
  type text not null,
  version smallint not null,
  module text not null,
  key text,
  payload json not null,
  traceparent text not null,
  conversation bigint,
  causation bigint,
  hops smallint not null default 0,
  occurred_at timestamp with time zone not null default clock_timestamp(),
  constraint events_pkey PRIMARY KEY (id)
) partition by RANGE (id);
alter table banyan.events enable row level security;

create table banyan.in_work (
  instance text not null,
  listener text not null,
  partition smallint not null,
  app text not null,
  event_id bigint,
  attempts smallint,
  how text,
  died_at timestamp with time zone,
  since timestamp with time zone not null default clock_timestamp(),
  constraint in_work_pkey PRIMARY KEY (listener, partition, instance)
) with (fillfactor=50);
alter table banyan.in_work enable row level security;

create table banyan.instances (
  id text not null,
  app text not null,
  version text not null,
  commit text not null,
  modules text[] not null,
  contract json not null,
  http_routes json not null,
  http_address text not null,
  call_address text not null,
  follows bigint not null default 0,
  health json not null default '{"delivers": [], "answering": {}, "answered": {}, "failed": {}, "objections": {}}'::json,
  started_at timestamp with time zone not null default clock_timestamp(),
  seen_at timestamp with time zone not null default clock_timestamp(),
  constraint instances_pkey PRIMARY KEY (id)
);

create table banyan.listener_actions (
  id bigint not null generated always as identity,
  listener text not null,
  action text not null,
  who text not null,
  why text,
  details json,
  at timestamp with time zone not null default clock_timestamp(),
  constraint listener_actions_pkey PRIMARY KEY (id),
  constraint listener_actions_action_check CHECK ((action = ANY (ARRAY['pause'::text, 'resume'::text, 'rename'::text, 'retire'::text, 'return'::text, 'lanes'::text, 'backfill'::text]))),
  constraint listener_actions_check CHECK (((action <> ALL (ARRAY['pause'::text, 'retire'::text])) OR (why IS NOT NULL))),
  constraint listener_actions_who_check CHECK ((btrim(who) <> ''::text)),
  constraint listener_actions_why_check CHECK ((btrim(why) <> ''::text))
);
CREATE INDEX listener_actions_of_listener ON banyan.listener_actions USING btree (listener, id);

create table banyan.listener_changes (
  listener text not null,
  kind text not null,
  former text,
  types text[],
  since timestamp with time zone,
  "position" bigint not null default 0,
  upto bigint,
  writers text[],
  begun_at timestamp with time zone not null default clock_timestamp(),
  constraint listener_changes_pkey PRIMARY KEY (listener, kind),
  constraint listener_changes_kind_check CHECK ((kind = ANY (ARRAY['lanes'::text, 'rename'::text, 'backfill'::text])))
);

create table banyan.listeners (
  name text not null,
  module text not null,
  ordered boolean not null,
  partitions smallint not null,
  since timestamp with time zone not null default clock_timestamp(),
  batch smallint not null default 100,
  per_second real,
  paused_at timestamp with time zone,
  horizon bigint,
  open_below bigint not null generated always as (
CASE
    WHEN (paused_at IS NOT NULL) THEN (0)::bigint
    ELSE COALESCE(horizon, '9223372036854775807'::bigint)
END) stored,
  renamed_to text,
  retired_at timestamp with time zone,
  constraint listeners_pkey PRIMARY KEY (name),
  constraint listeners_check CHECK ((name ~~ (module || '.%'::text))),
  constraint listeners_partitions_check CHECK (((partitions >= 1) AND (partitions <= 64)))
);

create table banyan.log_levels (
  id bigint not null generated always as identity,
  module text not null,
  level text not null,
  until timestamp with time zone,
  who text not null,
  why text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint log_levels_pkey PRIMARY KEY (id)
);
CREATE INDEX log_levels_latest ON banyan.log_levels USING btree (module, id DESC);

create table banyan.migrations (
  id integer not null default nextval('banyan.migrations_id_seq'::regclass),
  "timestamp" bigint not null,
  name character varying not null,
  constraint "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

create table banyan.paces (
  listener text not null,
  saved double precision not null,
  granted integer not null,
  at timestamp with time zone not null,
  constraint paces_pkey PRIMARY KEY (listener)
) with (fillfactor=50);
alter table banyan.paces enable row level security;

create table banyan.personal_fields (
  type text not null,
  subject_kind text not null,
  subject_path text not null,
  field_path text not null,
  become json,
  since timestamp with time zone not null default clock_timestamp(),
  constraint personal_fields_pkey PRIMARY KEY (type, subject_kind, subject_path, field_path)
);

create table banyan.route_changes (
  id bigint not null generated always as identity,
  module text not null,
  app text not null,
  previous text,
  who text not null,
  why text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  constraint route_changes_pkey PRIMARY KEY (id)
);

create table banyan.routes (
  module text not null,
  app text not null,
  version bigint not null,
  previous text,
  who text not null,
  why text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  constraint routes_pkey PRIMARY KEY (module)
);

create table banyan.slices (
  low bigint not null,
  high bigint not null,
  made_at timestamp with time zone not null default clock_timestamp(),
  passed_at timestamp with time zone,
  leaving_at timestamp with time zone,
  constraint slices_pkey PRIMARY KEY (low),
  constraint slices_high_key UNIQUE (high),
  constraint slices_check CHECK ((low < high))
);

create table banyan.stray_jobs (
  id bigint not null generated always as identity,
  queue text not null,
  reason text not null,
  likeness text not null,
  explanation text not null,
  job_id text not null,
  name text not null,
  content bytea not null,
  options bytea not null,
  app text not null,
  instance text not null,
  times bigint not null default 1,
  first_at timestamp with time zone not null default clock_timestamp(),
  last_at timestamp with time zone not null default clock_timestamp(),
  settled_as text,
  settled_at timestamp with time zone,
  settled_by text,
  settled_because text,
  constraint stray_jobs_pkey PRIMARY KEY (id),
  constraint stray_jobs_check CHECK ((num_nulls(settled_as, settled_at, settled_by, settled_because) = ANY (ARRAY[0, 4]))),
  constraint stray_jobs_reason_check CHECK ((reason = ANY (ARRAY['damaged'::text, 'no wake-up'::text, 'no such listener'::text, 'no such lane'::text]))),
  constraint stray_jobs_settled_as_check CHECK ((settled_as = ANY (ARRAY['discarded'::text, 'resolved'::text]))),
  constraint stray_jobs_settled_because_check CHECK ((btrim(settled_because) <> ''::text)),
  constraint stray_jobs_settled_by_check CHECK ((btrim(settled_by) <> ''::text))
);
CREATE UNIQUE INDEX stray_jobs_alike ON banyan.stray_jobs USING btree (queue, reason, likeness) WHERE (settled_at IS NULL);

create table banyan.subscriptions (
  type text not null,
  listener text not null,
  since timestamp with time zone not null default clock_timestamp(),
  ordered boolean not null,
  partitions smallint not null,
  constraint subscriptions_pkey PRIMARY KEY (type, listener)
);

create table banyan.tallies (
  low bigint not null,
  type text not null,
  listener text not null,
  state text not null,
  count bigint not null,
  constraint tallies_pkey PRIMARY KEY (low, type, listener, state)
);

create table banyan.wanted_apps (
  app text not null,
  wanted boolean not null,
  who text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  constraint wanted_apps_pkey PRIMARY KEY (app)
);

create table banyan.work_floor (
  low bigint not null
);

create table banyan.attempts_0 partition of banyan.attempts for values from ('0') to ('1000000');
alter table banyan.attempts_0 enable row level security;

create table banyan.attempts_1 partition of banyan.attempts for values from ('1000000') to ('2000000');
alter table banyan.attempts_1 enable row level security;

create table banyan.attempts_2 partition of banyan.attempts for values from ('2000000') to ('3000000');
alter table banyan.attempts_2 enable row level security;

create table banyan.deliveries_0 partition of banyan.deliveries for values from ('0') to ('1000000') with (autovacuum_vacuum_scale_factor=0.05, fillfactor=80);
alter table banyan.deliveries_0 enable row level security;

create table banyan.deliveries_1 partition of banyan.deliveries for values from ('1000000') to ('2000000') with (autovacuum_vacuum_scale_factor=0.05, fillfactor=80);
alter table banyan.deliveries_1 enable row level security;

create table banyan.deliveries_2 partition of banyan.deliveries for values from ('2000000') to ('3000000') with (autovacuum_vacuum_scale_factor=0.05, fillfactor=80);
alter table banyan.deliveries_2 enable row level security;

create table banyan.events_0 partition of banyan.events for values from ('0') to ('1000000');
alter table banyan.events_0 enable row level security;

create table banyan.events_1 partition of banyan.events for values from ('1000000') to ('2000000');
alter table banyan.events_1 enable row level security;

create table banyan.events_2 partition of banyan.events for values from ('2000000') to ('3000000');
alter table banyan.events_2 enable row level security;

alter sequence banyan.migrations_id_seq owned by banyan.migrations.id;

alter table banyan.listener_changes add constraint listener_changes_listener_fkey
  FOREIGN KEY (listener) REFERENCES banyan.listeners(name);

alter table banyan.subscriptions add constraint subscriptions_listener_fkey
  FOREIGN KEY (listener) REFERENCES banyan.listeners(name);

create view banyan.delivery_states as
 SELECT listener,
    event_id,
    key,
    state,
    attempts,
    due_at,
    settled_at,
    reason
   FROM banyan.deliveries;

create view banyan.effects as
 SELECT listener,
    event_id,
    effect_key,
    outcome,
    calls,
    first_call_at,
    last_call_at,
    called_app AS app,
    called_instance AS instance,
    state,
    due_at,
    ( SELECT ((a.error_class || ': '::text) || a.message)
           FROM banyan.attempts a
          WHERE ((a.listener = d.listener) AND (a.event_id = d.event_id))
          ORDER BY a.attempt DESC, a.id DESC
         LIMIT 1) AS last_error
   FROM banyan.deliveries d
  WHERE (calls > 0);

create view banyan.failed_attempts as
 SELECT listener,
    event_id,
    attempt,
    kind,
    error_class,
    message,
    traceparent,
    app,
    instance,
    at
   FROM banyan.attempts;

create view banyan.heard_types as
 SELECT s.type,
    s.listener,
    l.module,
    l.ordered,
    s.since
   FROM (banyan.subscriptions s
     JOIN banyan.listeners l ON ((l.name = s.listener)));

create view banyan.operator_actions as
 SELECT listener,
    event_id,
    action,
    who,
    why,
    state_before,
    state_after,
    at
   FROM banyan.dead_letter_actions;

create view banyan.published_events as
 SELECT id,
    type,
    version,
    module,
    key,
    payload,
    split_part(traceparent, ' '::text, 1) AS traceparent,
    conversation,
    causation,
    hops,
    occurred_at,
    NULLIF(split_part(traceparent, ' tenant='::text, 2), ''::text) AS tenant
   FROM banyan.events;

create policy own_attempts on banyan.attempts as permissive for all to banyan_module
  using (starts_with(listener, (substr((CURRENT_USER)::text, 8) || '.'::text)));

create policy new_deliveries on banyan.deliveries as permissive for insert to banyan_module
  with check ((((state)::text = 'pending'::text) AND (attempts = 0)));

create policy own_deliveries on banyan.deliveries as permissive for all to banyan_module
  using (starts_with(listener, (substr((CURRENT_USER)::text, 8) || '.'::text)));

create policy own_events on banyan.events as permissive for insert to banyan_module
  with check ((module = substr((CURRENT_USER)::text, 8)));

create policy read_events on banyan.events as permissive for select to banyan_module
  using (true);

create policy own_work on banyan.in_work as permissive for all to banyan_module
  using (starts_with(listener, (substr((CURRENT_USER)::text, 8) || '.'::text)));

create policy own_paces on banyan.paces as permissive for all to banyan_module
  using (starts_with(listener, (substr((CURRENT_USER)::text, 8) || '.'::text)));

CREATE TRIGGER dead_letter_actions_are_kept BEFORE TRUNCATE ON banyan.dead_letter_actions FOR EACH STATEMENT EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER dead_letter_actions_are_only_erased BEFORE UPDATE ON banyan.dead_letter_actions FOR EACH ROW WHEN (((current_setting('banyan.erases'::text, true) IS DISTINCT FROM 'on'::text) OR ((to_jsonb(old.*) - '{why,reason_before}'::text[]) IS DISTINCT FROM (to_jsonb(new.*) - '{why,reason_before}'::text[])))) EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER dead_letter_actions_end BEFORE DELETE ON banyan.dead_letter_actions FOR EACH ROW WHEN (((current_setting('banyan.audit_ends'::text, true) IS DISTINCT FROM 'on'::text) OR banyan.is_kept(old.event_id))) EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER erasures_are_kept BEFORE DELETE OR UPDATE OR TRUNCATE ON banyan.erasures FOR EACH STATEMENT EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER listener_actions_are_kept BEFORE UPDATE OR TRUNCATE ON banyan.listener_actions FOR EACH STATEMENT EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER listener_actions_end BEFORE DELETE ON banyan.listener_actions FOR EACH ROW WHEN ((current_setting('banyan.audit_ends'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION banyan.refuse_change();

CREATE TRIGGER spread_what_it_hears AFTER UPDATE OF ordered, partitions ON banyan.listeners FOR EACH ROW WHEN (((old.ordered IS DISTINCT FROM new.ordered) OR (old.partitions IS DISTINCT FROM new.partitions))) EXECUTE FUNCTION banyan.spread_what_it_hears();

CREATE TRIGGER spread_as_its_listener BEFORE INSERT OR UPDATE OF listener ON banyan.subscriptions FOR EACH ROW EXECUTE FUNCTION banyan.spread_as_its_listener();

grant usage on schema banyan to banyan_module;
grant select on sequence banyan.events_id_seq to banyan_module;
grant insert, select on table banyan.attempts to banyan_module;
grant insert, select, update (attempts, called_app, called_instance, calls, crashes, due_at, effect_key, first_call_at, last_call_at, outcome, reason, settled_at, state, waits_for) on table banyan.deliveries to banyan_module;
grant insert, select on table banyan.events to banyan_module;
grant delete, select on table banyan.in_work to banyan_module;
grant select on table banyan.instances to banyan_module;
grant select on table banyan.listeners to banyan_module;
grant insert, select, update on table banyan.paces to banyan_module;
grant select on table banyan.subscriptions to banyan_module;
grant select on table banyan.work_floor to banyan_module;

-- schema benchmark ------------------------------------------------------------------------------------
create schema benchmark;

create table benchmark.transaction_marks (
  id bigint not null generated always as identity,
  tid text not null,
  type text not null,
  actor_id integer not null,
  status text not null,
  source text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint transaction_marks_pkey PRIMARY KEY (id),
  constraint transaction_marks_status_check CHECK ((status = ANY (ARRAY['SUCCESS'::text, 'ERROR'::text, 'ABORT'::text, 'NOT_ACCEPTED'::text]))),
  constraint transaction_marks_type_check CHECK ((type = ANY (ARRAY['CUSTOMER_SESSION'::text, 'PRICE_UPDATE'::text, 'UPDATE_PRODUCT'::text])))
);

grant usage on schema benchmark to banyan_benchmark;
grant select, usage on sequence benchmark.transaction_marks_id_seq to banyan_benchmark;
grant delete, insert, select, update on table benchmark.transaction_marks to banyan_benchmark;
alter default privileges in schema benchmark grant select, usage on sequences to banyan_benchmark;
alter default privileges in schema benchmark grant delete, insert, select, update on tables to banyan_benchmark;

-- schema cart -----------------------------------------------------------------------------------------
create schema cart;

create table cart.cart_history (
  tid text not null,
  line integer not null,
  customer_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  voucher numeric(12,2) not null,
  quantity integer not null,
  version text not null,
  at timestamp with time zone not null default now(),
  constraint cart_history_pkey PRIMARY KEY (tid, line),
  constraint cart_history_line_positive CHECK ((line > 0))
);

create table cart.cart_items (
  customer_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  voucher numeric(12,2) not null,
  quantity integer not null,
  version text not null,
  constraint cart_items_pkey PRIMARY KEY (customer_id, seller_id, product_id),
  constraint cart_items_freight_not_negative CHECK ((freight_value >= (0)::numeric)),
  constraint cart_items_price_not_negative CHECK ((unit_price >= (0)::numeric)),
  constraint cart_items_quantity_positive CHECK ((quantity > 0)),
  constraint cart_items_voucher_not_negative CHECK ((voucher >= (0)::numeric))
) with (autovacuum_vacuum_scale_factor=0.05);
CREATE INDEX cart_items_of_product ON cart.cart_items USING btree (seller_id, product_id);

create table cart.carts (
  customer_id integer not null,
  status text not null default 'OPEN'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint carts_pkey PRIMARY KEY (customer_id),
  constraint carts_status_known CHECK ((status = ANY (ARRAY['OPEN'::text, 'CHECKOUT_SENT'::text, 'PRODUCT_DIVERGENCE'::text])))
) with (fillfactor=50);

create table cart.replica_products (
  seller_id integer not null,
  product_id integer not null,
  name text not null,
  price numeric(12,2) not null,
  version text not null,
  active boolean not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint replica_products_pkey PRIMARY KEY (seller_id, product_id)
) with (fillfactor=80);

create table cart.replica_sellers (
  seller_id integer not null,
  last_sequence bigint not null,
  constraint replica_sellers_pkey PRIMARY KEY (seller_id)
) with (fillfactor=50);

create table cart.retired_versions (
  seller_id integer not null,
  product_id integer not null,
  version text not null,
  price numeric(12,2) not null,
  constraint retired_versions_pkey PRIMARY KEY (seller_id, product_id, version)
);

grant usage on schema cart to banyan_cart;
grant delete, insert, select, update on table cart.cart_history to banyan_cart;
grant delete, insert, select, update on table cart.cart_items to banyan_cart;
grant delete, insert, select, update on table cart.carts to banyan_cart;
grant delete, insert, select, update on table cart.replica_products to banyan_cart;
grant delete, insert, select, update on table cart.replica_sellers to banyan_cart;
grant delete, insert, select, update on table cart.retired_versions to banyan_cart;
alter default privileges in schema cart grant select, usage on sequences to banyan_cart;
alter default privileges in schema cart grant delete, insert, select, update on tables to banyan_cart;

-- schema checkout -------------------------------------------------------------------------------------
create schema checkout;

create table checkout.checkouts (
  instance_id text not null,
  customer_id integer not null,
  state text not null default 'running'::text,
  refusal json,
  runner uuid not null,
  leased_until timestamp with time zone not null,
  started_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  constraint checkouts_pkey PRIMARY KEY (instance_id),
  constraint checkouts_refusal_when_refused CHECK (((state = 'refused'::text) = (refusal IS NOT NULL))),
  constraint checkouts_settled_or_running CHECK (((state = 'running'::text) = (settled_at IS NULL))),
  constraint checkouts_state_known CHECK ((state = ANY (ARRAY['running'::text, 'accepted'::text, 'refused'::text])))
) with (fillfactor=70);

grant usage on schema checkout to banyan_checkout;
grant delete, insert, select, update on table checkout.checkouts to banyan_checkout;
alter default privileges in schema checkout grant select, usage on sequences to banyan_checkout;
alter default privileges in schema checkout grant delete, insert, select, update on tables to banyan_checkout;

-- schema customer -------------------------------------------------------------------------------------
create schema customer;

create table customer.customers (
  id integer not null,
  first_name text not null,
  last_name text not null,
  address text not null,
  complement text not null,
  birth_date text not null,
  zip_code text not null,
  city text not null,
  state text not null,
  card_number text not null,
  card_expiration text not null,
  card_holder_name text not null,
  card_type text not null,
  data text not null,
  success_payment_count integer not null default 0,
  failed_payment_count integer not null default 0,
  delivery_count integer not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint customers_pkey PRIMARY KEY (id),
  constraint customers_card_number_check CHECK ((card_number !~ '[0-9]{5}'::text)),
  constraint customers_card_type_check CHECK ((card_type = ANY (ARRAY[''::text, 'VISA'::text, 'AMERICAN_EXPRESS'::text, 'MASTER_CARD'::text]))),
  constraint customers_delivery_count_check CHECK ((delivery_count >= 0)),
  constraint customers_failed_payment_count_check CHECK ((failed_payment_count >= 0)),
  constraint customers_success_payment_count_check CHECK ((success_payment_count >= 0))
) with (fillfactor=80);

grant usage on schema customer to banyan_customer;
grant delete, insert, select, update on table customer.customers to banyan_customer;
alter default privileges in schema customer grant select, usage on sequences to banyan_customer;
alter default privileges in schema customer grant delete, insert, select, update on tables to banyan_customer;

-- schema order ----------------------------------------------------------------------------------------
create schema "order";

create table "order".audit_log (
  customer_id integer not null,
  order_id integer not null,
  status text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint audit_log_pkey PRIMARY KEY (customer_id, order_id),
  constraint audit_log_status CHECK ((status = ANY (ARRAY['DELIVERED'::text, 'PAYMENT_FAILED'::text])))
);

create table "order".customer_orders (
  customer_id integer not null,
  next_order_id integer not null,
  constraint customer_orders_pkey PRIMARY KEY (customer_id)
) with (fillfactor=70);

create table "order".order_history (
  id bigint not null generated always as identity,
  customer_id integer not null,
  order_id integer not null,
  status text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint order_history_pkey PRIMARY KEY (id),
  constraint order_history_once UNIQUE (customer_id, order_id, status)
);

create table "order".order_items (
  customer_id integer not null,
  order_id integer not null,
  order_item_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  unit_price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  quantity integer not null,
  total_items numeric(12,2) not null,
  total_amount numeric(12,2) not null,
  shipping_limit_date timestamp with time zone not null,
  constraint order_items_pkey PRIMARY KEY (customer_id, order_id, order_item_id),
  constraint order_items_amounts CHECK (((quantity > 0) AND (total_items = (unit_price * (quantity)::numeric)) AND (total_amount >= (0)::numeric) AND (total_amount <= total_items)))
);

create table "order".orders (
  customer_id integer not null,
  order_id integer not null,
  invoice_number text not null,
  tid text not null,
  status text not null,
  purchase_date timestamp with time zone not null,
  payment_date timestamp with time zone,
  delivered_carrier_date timestamp with time zone,
  delivered_customer_date timestamp with time zone,
  estimated_delivery_date timestamp with time zone,
  count_items integer not null,
  total_amount numeric(12,2) not null,
  total_freight numeric(12,2) not null,
  total_incentive numeric(12,2) not null,
  total_invoice numeric(12,2) not null,
  total_items numeric(12,2) not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint orders_pkey PRIMARY KEY (customer_id, order_id),
  constraint orders_tid UNIQUE (tid),
  constraint orders_status CHECK ((status = ANY (ARRAY['CREATED'::text, 'PROCESSING'::text, 'APPROVED'::text, 'CANCELED'::text, 'UNAVAILABLE'::text, 'INVOICED'::text, 'PAYMENT_PROCESSED'::text, 'PAYMENT_FAILED'::text, 'READY_FOR_SHIPMENT'::text, 'IN_TRANSIT'::text, 'DELIVERED'::text]))),
  constraint orders_totals CHECK (((total_amount = (total_items - total_incentive)) AND (total_invoice = (total_amount + total_freight)) AND (total_incentive >= (0)::numeric) AND (total_amount >= (0)::numeric) AND (total_freight >= (0)::numeric)))
) with (fillfactor=80);

alter table "order".order_history add constraint order_history_order
  FOREIGN KEY (customer_id, order_id) REFERENCES "order".orders(customer_id, order_id) ON DELETE CASCADE;

alter table "order".order_items add constraint order_items_order
  FOREIGN KEY (customer_id, order_id) REFERENCES "order".orders(customer_id, order_id) ON DELETE CASCADE;

grant usage on schema "order" to banyan_order;
grant select, usage on sequence "order".order_history_id_seq to banyan_order;
grant delete, insert, select, update on table "order".audit_log to banyan_order;
grant delete, insert, select, update on table "order".customer_orders to banyan_order;
grant delete, insert, select, update on table "order".order_history to banyan_order;
grant delete, insert, select, update on table "order".order_items to banyan_order;
grant delete, insert, select, update on table "order".orders to banyan_order;
alter default privileges in schema "order" grant select, usage on sequences to banyan_order;
alter default privileges in schema "order" grant delete, insert, select, update on tables to banyan_order;

-- schema payment --------------------------------------------------------------------------------------
create schema payment;

create table payment.charges (
  invoice_number text not null,
  customer_id integer not null,
  order_id integer not null,
  tid text not null,
  method_reference text not null,
  amount numeric(12,2) not null,
  intended_at timestamp with time zone not null default clock_timestamp(),
  calls integer not null default 0,
  called_at timestamp with time zone,
  answered_at timestamp with time zone,
  status text,
  provider_id text,
  constraint charges_pkey PRIMARY KEY (invoice_number),
  constraint charges_order UNIQUE (customer_id, order_id),
  constraint charges_amount CHECK ((amount >= (0)::numeric)),
  constraint charges_answered CHECK (((answered_at IS NULL) = (status IS NULL))),
  constraint charges_status CHECK ((status = ANY (ARRAY['succeeded'::text, 'requires_payment_method'::text, 'canceled'::text])))
) with (fillfactor=70);

create table payment.methods (
  reference text not null,
  tid text not null,
  customer_id integer not null,
  type text not null,
  card_number text,
  card_last4 text,
  card_holder_name text,
  card_expiration text,
  card_brand text,
  installments integer not null,
  kept_at timestamp with time zone not null default now(),
  constraint methods_pkey PRIMARY KEY (reference),
  constraint methods_tid UNIQUE (tid),
  constraint methods_installments CHECK ((installments >= 1)),
  constraint methods_type CHECK ((type = ANY (ARRAY['CREDIT_CARD'::text, 'DEBIT_CARD'::text, 'BOLETO'::text])))
) with (fillfactor=80);
CREATE INDEX methods_unspent ON payment.methods USING btree (kept_at) WHERE (card_number IS NOT NULL);

create table payment.order_payment_cards (
  customer_id integer not null,
  order_id integer not null,
  sequential integer not null,
  card_number text not null,
  card_holder_name text not null,
  card_expiration text not null,
  card_brand text not null,
  constraint order_payment_cards_pkey PRIMARY KEY (customer_id, order_id, sequential),
  constraint order_payment_cards_masked CHECK ((card_number !~ '[0-9]{5}'::text))
);

create table payment.order_payments (
  customer_id integer not null,
  order_id integer not null,
  sequential integer not null,
  type text not null,
  installments integer not null,
  value numeric(12,2) not null,
  status text,
  created_at timestamp with time zone not null default now(),
  constraint order_payments_pkey PRIMARY KEY (customer_id, order_id, sequential),
  constraint order_payments_status CHECK ((status = ANY (ARRAY['succeeded'::text, 'requires_payment_method'::text, 'canceled'::text]))),
  constraint order_payments_type CHECK ((type = ANY (ARRAY['CREDIT_CARD'::text, 'DEBIT_CARD'::text, 'BOLETO'::text, 'VOUCHER'::text]))),
  constraint order_payments_value CHECK ((value >= (0)::numeric))
);

alter table payment.order_payment_cards add constraint order_payment_cards_payment
  FOREIGN KEY (customer_id, order_id, sequential) REFERENCES payment.order_payments(customer_id, order_id, sequential) ON DELETE CASCADE;

grant usage on schema payment to banyan_payment;
grant delete, insert, select, update on table payment.charges to banyan_payment;
grant delete, insert, select, update on table payment.methods to banyan_payment;
grant delete, insert, select, update on table payment.order_payment_cards to banyan_payment;
grant delete, insert, select, update on table payment.order_payments to banyan_payment;
alter default privileges in schema payment grant select, usage on sequences to banyan_payment;
alter default privileges in schema payment grant delete, insert, select, update on tables to banyan_payment;

-- schema product --------------------------------------------------------------------------------------
create schema product;

create table product.product_updates (
  seller_id integer not null,
  sequence bigint not null,
  product_id integer not null,
  kind text not null,
  version text not null,
  price numeric(12,2) not null,
  tid text not null,
  at timestamp with time zone not null default now(),
  constraint product_updates_pkey PRIMARY KEY (seller_id, sequence),
  constraint product_updates_kind_known CHECK ((kind = ANY (ARRAY['created'::text, 'price'::text, 'replaced'::text])))
);
CREATE INDEX product_updates_of_version ON product.product_updates USING btree (seller_id, product_id, version, sequence);

create table product.products (
  seller_id integer not null,
  product_id integer not null,
  name text not null,
  sku text not null,
  category text not null,
  description text not null,
  price numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  status text not null default 'approved'::text,
  version text not null,
  active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint products_pkey PRIMARY KEY (seller_id, product_id),
  constraint products_freight_not_negative CHECK ((freight_value >= (0)::numeric)),
  constraint products_price_not_negative CHECK ((price >= (0)::numeric))
) with (fillfactor=80);

create table product.seller_sequences (
  seller_id integer not null,
  last_sequence bigint not null,
  constraint seller_sequences_pkey PRIMARY KEY (seller_id)
) with (fillfactor=50);

grant usage on schema product to banyan_product;
grant delete, insert, select, update on table product.product_updates to banyan_product;
grant delete, insert, select, update on table product.products to banyan_product;
grant delete, insert, select, update on table product.seller_sequences to banyan_product;
alter default privileges in schema product grant select, usage on sequences to banyan_product;
alter default privileges in schema product grant delete, insert, select, update on tables to banyan_product;

-- schema seller ---------------------------------------------------------------------------------------
create schema seller;

create table seller.order_entries (
  customer_id integer not null,
  order_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  natural_key text not null,
  package_id integer,
  product_name text not null,
  product_category text not null,
  unit_price numeric(12,2) not null,
  total_items numeric(12,2) not null,
  total_amount numeric(12,2) not null,
  total_incentive numeric(12,2) not null,
  total_invoice numeric(12,2) not null,
  freight_value numeric(12,2) not null,
  quantity integer not null,
  shipment_date timestamp with time zone,
  delivery_date timestamp with time zone,
  order_status text not null,
  delivery_status text,
  constraint order_entries_pkey PRIMARY KEY (customer_id, order_id, seller_id, product_id),
  constraint order_entries_delivery_status_check CHECK ((delivery_status = ANY (ARRAY['ready_to_ship'::text, 'delivered'::text]))),
  constraint order_entries_order_status_check CHECK ((order_status = ANY (ARRAY['INVOICED'::text, 'PAYMENT_PROCESSED'::text, 'PAYMENT_FAILED'::text, 'READY_FOR_SHIPMENT'::text, 'IN_TRANSIT'::text, 'DELIVERED'::text])))
) with (autovacuum_vacuum_scale_factor=0.05);
CREATE INDEX order_entries_open ON seller.order_entries USING btree (seller_id, customer_id, order_id) WHERE (order_status = ANY (ARRAY['INVOICED'::text, 'PAYMENT_PROCESSED'::text, 'READY_FOR_SHIPMENT'::text, 'IN_TRANSIT'::text]));

create table seller.sellers (
  id integer not null,
  name text not null,
  company_name text not null,
  email text not null,
  phone text not null,
  mobile_phone text not null,
  cpf text not null,
  cnpj text not null,
  address text not null,
  complement text not null,
  city text not null,
  state text not null,
  zip_code text not null,
  constraint sellers_pkey PRIMARY KEY (id)
);

grant usage on schema seller to banyan_seller;
grant delete, insert, select, update on table seller.order_entries to banyan_seller;
grant delete, insert, select, update on table seller.sellers to banyan_seller;
alter default privileges in schema seller grant select, usage on sequences to banyan_seller;
alter default privileges in schema seller grant delete, insert, select, update on tables to banyan_seller;

-- schema shipment -------------------------------------------------------------------------------------
create schema shipment;

create table shipment.bookings (
  booking_key text not null,
  customer_id integer not null,
  order_id integer not null,
  tid text not null,
  status text not null default 'requested'::text,
  calls integer not null default 0,
  carrier_id text,
  reason text,
  requested_at timestamp with time zone not null default now(),
  called_at timestamp with time zone,
  answered_at timestamp with time zone,
  constraint bookings_pkey PRIMARY KEY (booking_key),
  constraint bookings_customer_id_order_id_key UNIQUE (customer_id, order_id),
  constraint bookings_check CHECK (((status = 'requested'::text) = (answered_at IS NULL))),
  constraint bookings_check1 CHECK (((status = 'booked'::text) = (carrier_id IS NOT NULL))),
  constraint bookings_status_check CHECK ((status = ANY (ARRAY['requested'::text, 'booked'::text, 'refused'::text])))
);

create table shipment.packages (
  customer_id integer not null,
  order_id integer not null,
  package_id integer not null,
  seller_id integer not null,
  product_id integer not null,
  product_name text not null,
  freight_value numeric(12,2) not null,
  quantity integer not null,
  shipping_date timestamp with time zone not null,
  delivery_date timestamp with time zone,
  status text not null,
  constraint packages_pkey PRIMARY KEY (customer_id, order_id, package_id),
  constraint packages_check CHECK (((status = 'delivered'::text) = (delivery_date IS NOT NULL))),
  constraint packages_freight_value_check CHECK ((freight_value >= (0)::numeric)),
  constraint packages_package_id_check CHECK ((package_id > 0)),
  constraint packages_quantity_check CHECK ((quantity > 0)),
  constraint packages_status_check CHECK ((status = ANY (ARRAY['created'::text, 'ready_to_ship'::text, 'canceled'::text, 'shipped'::text, 'lost'::text, 'stolen'::text, 'seized_for_inspection'::text, 'returning_to_sender'::text, 'returned_to_sender'::text, 'awaiting_pickup_by_receiver'::text, 'delivered'::text])))
) with (autovacuum_vacuum_scale_factor=0.02);
CREATE INDEX packages_open ON shipment.packages USING btree (shipping_date, customer_id, order_id, package_id, seller_id) WHERE (status = 'shipped'::text);

create table shipment.shipments (
  customer_id integer not null,
  order_id integer not null,
  package_count integer not null,
  total_freight_value numeric(12,2) not null,
  request_date timestamp with time zone not null,
  status text not null,
  first_name text not null,
  last_name text not null,
  street text not null,
  complement text not null,
  zip_code text not null,
  city text not null,
  state text not null,
  constraint shipments_pkey PRIMARY KEY (customer_id, order_id),
  constraint shipments_package_count_check CHECK ((package_count > 0)),
  constraint shipments_status_check CHECK ((status = ANY (ARRAY['approved'::text, 'delivery_in_progress'::text, 'concluded'::text]))),
  constraint shipments_total_freight_value_check CHECK ((total_freight_value >= (0)::numeric))
);

alter table shipment.bookings add constraint bookings_customer_id_order_id_fkey
  FOREIGN KEY (customer_id, order_id) REFERENCES shipment.shipments(customer_id, order_id) ON DELETE CASCADE;

alter table shipment.packages add constraint packages_customer_id_order_id_fkey
  FOREIGN KEY (customer_id, order_id) REFERENCES shipment.shipments(customer_id, order_id) ON DELETE CASCADE;

grant usage on schema shipment to banyan_shipment;
grant delete, insert, select, update on table shipment.bookings to banyan_shipment;
grant delete, insert, select, update on table shipment.packages to banyan_shipment;
grant delete, insert, select, update on table shipment.shipments to banyan_shipment;
alter default privileges in schema shipment grant select, usage on sequences to banyan_shipment;
alter default privileges in schema shipment grant delete, insert, select, update on tables to banyan_shipment;

-- schema stock ----------------------------------------------------------------------------------------
create schema stock;

create table stock.reservations (
  tid text not null,
  line integer not null,
  seller_id integer not null,
  product_id integer not null,
  quantity integer not null,
  item_version text not null,
  stock_version text,
  outcome text not null,
  settled text,
  at timestamp with time zone not null default clock_timestamp(),
  constraint reservations_pkey PRIMARY KEY (tid, line),
  constraint reservations_outcome CHECK ((outcome = ANY (ARRAY['RESERVED'::text, 'UNAVAILABLE'::text, 'OUT_OF_STOCK'::text]))),
  constraint reservations_settled CHECK ((settled = ANY (ARRAY['sold'::text, 'released'::text]))),
  constraint reservations_version CHECK (((outcome <> 'RESERVED'::text) OR (item_version = stock_version)))
) with (fillfactor=90);

create table stock.stock_items (
  seller_id integer not null,
  product_id integer not null,
  qty_available integer not null,
  qty_reserved integer not null default 0,
  order_count integer not null default 0,
  ytd integer not null default 0,
  data text not null default ''::text,
  version text not null,
  active boolean not null default true,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint stock_items_pkey PRIMARY KEY (seller_id, product_id),
  constraint stock_items_not_oversold CHECK (((qty_reserved >= 0) AND (qty_reserved <= qty_available)))
) with (fillfactor=70);

grant usage on schema stock to banyan_stock;
grant delete, insert, select, update on table stock.reservations to banyan_stock;
grant delete, insert, select, update on table stock.stock_items to banyan_stock;
alter default privileges in schema stock grant select, usage on sequences to banyan_stock;
alter default privileges in schema stock grant delete, insert, select, update on tables to banyan_stock;
