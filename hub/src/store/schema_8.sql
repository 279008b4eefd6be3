-- Version 8: who saw whose changes of a plan, for the author's device. A row that says more gets a new number.

create table plan_seen (
  number integer primary key,
  author text not null,              -- chain
  person integer not null references person,
  role text not null,
  ods text not null,
  organisation text not null,        -- its name
  through integer not null,          -- of the author's own changes
  at integer not null,               -- by the looker's entry
  unique (author, person, role, ods)
) strict;
create index plan_seen_untold on plan_seen (author, number);
