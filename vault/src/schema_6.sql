-- Version 6: what was done at visits, and what is being typed. Acts done here wait in `act_out` until the hub's signed word covers them:
-- they outlive a purge of the rest.

create table act (
  id blob primary key,               -- record::visit::ActId: the hash of the bytes
  person blob not null,
  bytes blob not null,
  signature blob not null,
  held_at integer                    -- of this user's own: hub time of the signed word
) strict, without rowid;
create index act_by_person on act (person);

create table act_out (
  number integer primary key,        -- in the order they were done
  id blob not null unique,
  person blob not null,
  bytes blob not null,
  signature blob not null,
  refused text                       -- why the hub did not take it
) strict;
create index act_out_by_person on act_out (person);

-- A form as it was left: nothing typed is lost, whatever becomes of the rest.
create table draft (
  person blob not null,
  form text not null,
  fields text not null,              -- JSON: field to text
  at integer not null,
  primary key (person, form)
) strict, without rowid;
