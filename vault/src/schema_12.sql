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
