-- Who wanted which log level of a module, and until when; the latest row of a module counts while it has not ended.
create table banyan.log_levels (
  id bigint generated always as identity primary key,
  module text not null,                 -- 'all': every module, and what belongs to none
  level text not null,                  -- 'usual': as the setting LOG_LEVEL says
  until timestamptz,                    -- null: until somebody changes it
  who text not null,
  why text not null,
  at timestamptz not null default clock_timestamp()
);
create index log_levels_latest on banyan.log_levels (module, id desc);
