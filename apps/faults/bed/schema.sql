-- The test bed's tables: the modules' own, and what the oracle judges by. Nothing under `oracle` has a unique key, so that a
-- double shows instead of being refused.
select banyan.found_module('bank');
select banyan.found_module('shop');
select banyan.found_module('audit');
select banyan.found_module('late');

create table bank.accounts (id int primary key, balance int not null, version bigint not null default 0);
insert into bank.accounts (id, balance) select n, 1000 from generate_series(1, 20) n;
create table bank.till (id int primary key, takings int not null);
insert into bank.till values (1, 0);
create table bank.lists (name text primary key, items text[] not null default '{}', version bigint not null default 0);
insert into bank.lists (name) select 'list:' || n from generate_series(1, 6) n;
create table bank.requests (op_id uuid primary key, answer json);

create table shop.stock (product int primary key, on_hand int not null check (on_hand >= 0), reserved int not null default 0,
  shipped int not null default 0, version bigint not null default 0);
insert into shop.stock (product, on_hand) select n, 100000 from generate_series(1, 10) n;
create table shop.orders (op_id uuid primary key, product int not null, quantity int not null, state text not null);
create table shop.requests (op_id uuid primary key, answer json);

create table audit.projection (agg text primary key, amount bigint not null, version bigint not null);

create schema oracle;
grant usage on schema oracle to banyan_module;
create table oracle.op (n bigint generated always as identity, op_id uuid, type text, agg text, version bigint, amount int,
  at timestamptz default clock_timestamp());
create table oracle.effect (n bigint generated always as identity, listener text, event_id bigint, op_id uuid, agg text,
  version bigint, amount int, publishes int, trace text, pid int, at timestamptz default clock_timestamp());
grant insert on oracle.op, oracle.effect to banyan_module;

-- A commit that takes its time: others that began later commit before it.
create table bank.slow_commits (ms int not null);
create function bank.dawdle() returns trigger language plpgsql as
$$ begin perform pg_sleep(new.ms / 1000.0); return new; end $$;
create constraint trigger dawdle after insert on bank.slow_commits deferrable initially deferred
  for each row execute function bank.dawdle();
