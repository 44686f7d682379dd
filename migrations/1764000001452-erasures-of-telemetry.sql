-- Erasing reaches kept lines and spans too: how many is kept with the rest.
alter table banyan.erasures
  add column lines int not null default 0,
  add column spans int not null default 0;
