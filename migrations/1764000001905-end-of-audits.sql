-- What people did about dead letters and listeners is an audit, so nobody changes it; but it has an end, in a time that the settings say
-- (AUDIT_KEEP_DAYS). An action on a delivery stays for as long as its event is kept, whatever they say.
create or replace function banyan.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is an audit: add rows, change none, and leave its end to AUDIT_KEEP_DAYS.', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;

create function banyan.is_kept(event_id bigint) returns boolean language sql stable as $$
  select exists (select from banyan.slices where low <= event_id and event_id < high)
$$;
revoke execute on function banyan.is_kept(bigint) from public;

drop trigger dead_letter_actions_are_kept on banyan.dead_letter_actions;
create trigger dead_letter_actions_are_kept before truncate on banyan.dead_letter_actions
  for each statement execute function banyan.refuse_change();
create trigger dead_letter_actions_end before delete on banyan.dead_letter_actions for each row
  when (current_setting('banyan.audit_ends', true) is distinct from 'on' or banyan.is_kept(old.event_id))
  execute function banyan.refuse_change();

drop trigger listener_actions_are_kept on banyan.listener_actions;
create trigger listener_actions_are_kept before update or truncate on banyan.listener_actions
  for each statement execute function banyan.refuse_change();
create trigger listener_actions_end before delete on banyan.listener_actions for each row
  when (current_setting('banyan.audit_ends', true) is distinct from 'on')
  execute function banyan.refuse_change();
