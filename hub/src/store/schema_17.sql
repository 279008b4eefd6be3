-- Version 17: who saw what beside plans (below); and what people are writing on their devices and nobody has signed: nobody's record, shown to nobody, kept for its author alone, who gets it
-- back on another device once its own is no more. A body goes when it is finished, thrown away or taken over, and in any case after ninety days.

create table draft (
  device text not null references device,
  person blob not null,              -- record::PersonId, whether or not the hub knows them
  form text not null,
  staff text not null,               -- its author
  number integer not null,           -- sync::drafts::DraftSaid
  at integer not null,               -- device time at which it was last written in
  fields text,                       -- null: finished, thrown away or taken over
  gone integer not null default 0,   -- 1: finished on another device, and its own has not been told
  heir text references device,       -- the device that it is offered to, which alone gets it
  from_device text,                  -- the device from which it was taken over
  taken integer,                     -- its number as it was taken over, before anybody wrote in it here
  received integer not null,         -- hub time
  primary key (device, person, form)
) strict, without rowid;
create index draft_of on draft (staff) where fields is not null;
create index draft_received on draft (received) where fields is not null;

-- Who saw what beside plans: one row for each author, person, role and organisation, under the numbers of plan_seen.
create table work_seen (
  number integer primary key,
  kind integer not null,             -- sync::seen::Of
  author text not null,              -- chain
  person integer not null references person,
  role text not null,
  ods text not null,
  organisation text not null,
  through integer not null,          -- sync::seen::Of says of what
  at integer not null,
  unique (kind, author, person, role, ods)
) strict;
create index work_seen_untold on work_seen (author, number);

-- Whose device took a choice down, of those since this is kept.
create table choice_author (
  choice integer primary key,        -- consent.seq
  chain text not null
) strict;
