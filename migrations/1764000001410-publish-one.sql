-- A single event and its deliveries are written by two statements; the second one asks for the id that the first one has drawn.
grant select on sequence banyan.events_id_seq to banyan_module;
