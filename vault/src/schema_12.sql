-- Version 12: what is being written is sealed for the hub too. Every version of a draft has a number (`sync::drafts::DraftSaid`), and one that is
-- finished or thrown away is remembered until the hub says that it knows.

alter table draft add column number integer not null default 0;
alter table draft add column from_device text;       -- taken over from this device of the same user's, …
alter table draft add column from_number integer;    -- … which had it at this number

create table draft_gone (
  person blob not null,
  form text not null,
  number integer not null,
  from_device text,
  from_number integer,
  primary key (person, form)
) strict, without rowid;

-- What the hub said is to come of people and has not come: a cut line leaves it here.
create table owed (
  person blob primary key,
  things integer not null              -- sync::owed::Things
) strict, without rowid;

-- Who saw this user's work beside plans, as the hub told.
create table work_seen (
  kind integer not null,               -- sync::seen::Of
  person blob not null,
  role text not null,
  organisation text not null,
  through integer not null,
  at integer not null,
  primary key (kind, person, role, organisation)
) strict, without rowid;
