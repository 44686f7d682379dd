-- Publishing, and noting what became of a delivery, at a lower price.

-- Postgres reads a table's checks anew from their text for each statement that writes to it (17 of the 57 µs that a delivery took), and
-- those of a domain once for each connection (1 µs).
create domain banyan.delivery_state as text check (value in ('pending', 'done', 'skipped', 'dead', 'resolved', 'discarded'));
create domain banyan.call_outcome as text check (value in ('unknown', 'done', 'failed'));
do $$
declare
  each record;
  seen text[];
begin
  -- Views hold on to the type of what they show; they are made again.
  select array_agg(format('create view %s as %s', c.oid::regclass, pg_get_viewdef(c.oid)) order by c.oid)
    into seen from pg_class c where relkind = 'v' and relnamespace = 'banyan'::regnamespace;
  for each in select oid::regclass as name from pg_class where relkind = 'v' and relnamespace = 'banyan'::regnamespace order by oid desc loop
    execute format('drop view %s', each.name);
  end loop;
  for each in select conname from pg_constraint where conrelid = 'banyan.deliveries'::regclass and contype = 'c' loop
    execute format('alter table banyan.deliveries drop constraint %I', each.conname);
  end loop;
  drop policy new_deliveries on banyan.deliveries;
  alter table banyan.deliveries
    alter column state drop default,
    alter column state type banyan.delivery_state,
    alter column state set default 'pending',
    alter column outcome type banyan.call_outcome;
  create policy new_deliveries on banyan.deliveries for insert to banyan_module
    with check (state = 'pending' and attempts = 0);
  for i in 1 .. coalesce(cardinality(seen), 0) loop
    execute seen[i];
  end loop;
end $$;

-- How a listener's deliveries are spread stands beside what it hears, so that who publishes reads one table and not two.
alter table banyan.subscriptions add column ordered boolean, add column partitions smallint;
update banyan.subscriptions s set ordered = l.ordered, partitions = l.partitions from banyan.listeners l where l.name = s.listener;
alter table banyan.subscriptions alter column ordered set not null, alter column partitions set not null;

create function banyan.spread_as_its_listener() returns trigger language plpgsql as $$
begin
  select ordered, partitions into strict new.ordered, new.partitions from banyan.listeners where name = new.listener for share;
  return new;
end $$;
revoke execute on function banyan.spread_as_its_listener() from public;
create trigger spread_as_its_listener before insert or update of listener on banyan.subscriptions
  for each row execute function banyan.spread_as_its_listener();

create function banyan.spread_what_it_hears() returns trigger language plpgsql as $$
begin
  update banyan.subscriptions set ordered = new.ordered, partitions = new.partitions where listener = new.name;
  return new;
end $$;
revoke execute on function banyan.spread_what_it_hears() from public;
create trigger spread_what_it_hears after update of ordered, partitions on banyan.listeners
  for each row when ((old.ordered, old.partitions) is distinct from (new.ordered, new.partitions))
  execute function banyan.spread_what_it_hears();
