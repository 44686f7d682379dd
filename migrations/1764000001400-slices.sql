-- Events, their deliveries and their attempts in slices: a slice is all that belongs to a range of event ids, one partition of each
-- of the three tables, made ahead and dropped as a whole.

create table banyan.slices (
  low bigint primary key,               -- events with ids from here
  high bigint not null unique,          -- to below here
  made_at timestamptz not null default clock_timestamp(),
  passed_at timestamptz,                -- since when new events get ids behind it; null: they may still get ids in it
  leaving_at timestamptz,               -- since when it is being dropped: what was in it stands in banyan.tallies
  check (low < high)
);

-- Below it no delivery is pending or dead, so that who looks for work need not look there. It rises by itself; whoever makes a
-- delivery pending or dead that was settled, or that is new for an old event, calls banyan.look_down_to first.
create table banyan.work_floor (
  low bigint not null
);
insert into banyan.work_floor values (0);
grant select on banyan.work_floor to banyan_module;

-- For the rest of the transaction the floor is at or below an event, and nobody raises it meanwhile.
create function banyan.look_down_to(event_id bigint) returns void language sql as $$
  update banyan.work_floor set low = least(low, event_id)
$$;
revoke execute on function banyan.look_down_to(bigint) from public;

-- What was in the slices that are gone, or going: low is the slice, and -1 stands for all that are gone.
create table banyan.tallies (
  low bigint not null,
  type text not null,
  listener text not null,               -- '' where it counts the events themselves
  state text not null,                  -- published, or one of the states of a delivery
  count bigint not null,
  primary key (low, type, listener, state)
);

-- The three tables become partitioned; what is in them becomes the first slice, and no row is copied. Grants, policies, columns and
-- indexes are taken over as they stand.
alter table banyan.attempts drop constraint attempts_pkey;
alter table banyan.attempts add constraint attempts_pkey primary key (event_id, id);

do $$
declare
  whole text;
  old text;
  ranged text;
  next_id bigint;
  top bigint;
  each record;
  seen text[];
begin
  -- Views go with a table when it is renamed; they are made again on what bears its name then.
  select array_agg(format('create view %s %s as %s', c.oid::regclass, 'with (' || array_to_string(reloptions, ', ') || ')', pg_get_viewdef(c.oid)) order by c.oid)
    into seen from pg_class c where relkind = 'v' and relnamespace = 'banyan'::regnamespace;
  for each in select oid::regclass as name from pg_class where relkind = 'v' and relnamespace = 'banyan'::regnamespace order by oid desc loop
    execute format('drop view %s', each.name);
  end loop;
  select case when is_called then last_value + 1 else last_value end into next_id from banyan.events_id_seq;
  top := (greatest(next_id, (select max(id) from banyan.events), (select max(event_id) from banyan.deliveries)) / 1000000 + 1) * 1000000;
  foreach whole in array array['events', 'deliveries', 'attempts'] loop
    old := whole || '_0';
    ranged := case whole when 'events' then 'id' else 'event_id' end;
    execute format('alter table banyan.%I rename to %I', whole, old);
    next_id := null;
    if whole <> 'deliveries' then
      execute format('select case when is_called then last_value + 1 else last_value end from banyan.%I', whole || '_id_seq') into next_id;
      execute format('alter table banyan.%I alter column id drop identity', old);
    end if;
    execute format('create table banyan.%I (like banyan.%I including defaults including constraints including storage including comments) partition by range (%I)',
      whole, old, ranged);
    if next_id is not null then
      execute format('alter table banyan.%I alter column id add generated always as identity (start with %s)', whole, next_id);
    end if;
    for each in
      select c.relname as name, i.indisprimary as first, old || case when i.indisprimary then '_pkey' else
          '_' || (select string_agg(attname, '_' order by attnum) from pg_attribute where attrelid = i.indexrelid) || '_idx' end as part_name, pg_get_indexdef(i.indexrelid) as def, pg_get_constraintdef(k.oid) as key
      from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p'
      where i.indrelid = format('banyan.%I', old)::regclass
    loop
      execute format('alter index banyan.%I rename to %I', each.name, each.part_name);
      if each.first then
        execute format('alter table banyan.%I add constraint %I %s', whole, each.name, each.key);
      else
        execute replace(replace(each.def, format(' ON banyan.%s ', old), format(' ON banyan.%s ', whole)),
          format('INDEX %s ', each.name), format('INDEX %I ', each.name));
      end if;
    end loop;
    for each in
      select grantee::regrole as grantee, privilege_type || coalesce(' (' || quote_ident(col) || ')', '') as privilege from (
        select relacl as acl, null as col, relowner from pg_class where oid = format('banyan.%I', old)::regclass
        union all
        select attacl, attname, relowner from pg_attribute join pg_class c on c.oid = attrelid where attrelid = format('banyan.%I', old)::regclass
      ) acls, aclexplode(acl) where grantee <> relowner
    loop
      execute format('grant %s on banyan.%I to %s', each.privilege, whole, each.grantee);
      execute format('revoke %s on banyan.%I from %s', each.privilege, old, each.grantee);
    end loop;
    execute format('alter table banyan.%I enable row level security', whole);
    for each in select policyname, cmd, roles, qual, with_check from pg_policies where schemaname = 'banyan' and tablename = old loop
      execute format('create policy %I on banyan.%I for %s to %s', each.policyname, whole, each.cmd,
          (select string_agg(quote_ident(role), ', ') from unnest(each.roles) role))
        || coalesce(' using (' || each.qual || ')', '') || coalesce(' with check (' || each.with_check || ')', '');
      execute format('drop policy %I on banyan.%I', each.policyname, old);
    end loop;
    execute format('alter table banyan.%I attach partition banyan.%I for values from (0) to (%s)', whole, old, top);
  end loop;
  insert into banyan.slices (low, high) values (0, top);
  foreach old in array coalesce(seen, '{}') loop
    execute old;
  end loop;
end $$;

-- Makes slices until so many lie ahead of the one that ids are given out in. Publishers are not held up: a partition that is made
-- apart and then attached locks none of them out, as one that is made in its place would.
create function banyan.make_slices(ahead int) returns int language plpgsql as $$
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
end $$;
revoke execute on function banyan.make_slices(int) from public;
select banyan.make_slices(2);

-- Ends a slice early: new events get the ids of the next one. Ids are never given out twice, since it does nothing unless far more
-- of them are left than can be given out while it runs; numbers are left out, which means nothing.
create function banyan.end_slice() returns boolean language plpgsql as $$
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
end $$;
revoke execute on function banyan.end_slice() from public;
