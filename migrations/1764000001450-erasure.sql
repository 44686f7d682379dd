-- What of events is about a person, and that it was erased. `banyan.events` stays as it is for modules: they add, and change nothing.

-- What applications declare, written when they start. What was once declared stays: older events may have been published by it.
create table banyan.personal_fields (
  type text not null,
  subject_kind text not null,           -- what the subject is: customer
  subject_path text not null,           -- where its id stands in the payload; * is each element
  field_path text not null,             -- what is about it
  become json,                          -- what stands there once it is erased; null: what its kind of value says
  since timestamptz not null default clock_timestamp(),
  primary key (type, subject_kind, subject_path, field_path)
);

-- One row per transaction that erased something, for ever; nothing of what was erased.
create table banyan.erasures (
  id bigint generated always as identity primary key,
  subject_kind text not null,
  subject_id text not null,
  who text not null check (btrim(who) <> ''),
  why text not null check (btrim(why) <> ''),
  events int not null,                  -- in which fields were blanked
  attempts int not null,                -- whose message and stack were dropped
  reasons int not null,                 -- of deliveries
  actions int not null,                 -- on dead letters, in whose texts something was
  at timestamptz not null default clock_timestamp()
);
create trigger erasures_are_kept before update or delete or truncate on banyan.erasures
  for each statement execute function banyan.refuse_change();

-- Actions on dead letters are kept for ever, but for what their texts say about a person who is erased.
drop trigger dead_letter_actions_are_kept on banyan.dead_letter_actions;
create trigger dead_letter_actions_are_kept before delete or truncate on banyan.dead_letter_actions
  for each statement execute function banyan.refuse_change();
create trigger dead_letter_actions_are_only_erased before update on banyan.dead_letter_actions
  for each row when (
    current_setting('banyan.erases', true) is distinct from 'on'
    or to_jsonb(old) - '{why,reason_before}'::text[] is distinct from to_jsonb(new) - '{why,reason_before}'::text[]
  ) execute function banyan.refuse_change();
