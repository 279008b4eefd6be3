-- Version 5: who saw this user's changes of plans, as the hub told.

create table seen (
  person blob not null,
  role text not null,
  organisation text not null,
  through integer not null,       -- of this user's own changes
  at integer not null,
  primary key (person, role, organisation)
) strict, without rowid;
