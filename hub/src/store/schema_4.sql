-- What the hub knows of each device: its licence, what was sent to it, where it stood when last heard of. Times are milliseconds since
-- 1970 UTC.

-- Where a device stood at its last post: enough to say what was unsent when it was lost.
create table contact (
  device text primary key references device,
  at integer not null,
  cursor integer not null,           -- place in the journal it had taken in
  epoch integer not null,
  head integer not null,             -- entries in its audit chain, sent or not
  choices integer not null,          -- recorded there and not yet held here, before this post
  licence integer                    -- until when it may read without the hub
) strict, without rowid;

-- What was sent to a device and taken from it, answer by answer: signed, each naming the one before (hub::manifest).
create table manifest (
  device text not null references device,
  number integer not null,
  bytes blob not null,
  signature blob not null,
  primary key (device, number)
) strict, without rowid;

-- When somebody's shift ends: their licences end soon after.
create table shift (staff text primary key references staff, ends integer not null) strict, without rowid;

-- Licences lengthened between colleagues: one row a request, a side from each chain.
create table extension (
  request blob not null,             -- first eight bytes of its digest
  taker text not null,               -- record::ChainId
  giver text not null,
  taken integer,                     -- until when, by the taker's entry
  given integer,                     -- until when, by the giver's entry
  noted integer not null,
  primary key (request, taker, giver)
) strict, without rowid;

-- What a device whose enrolment had ended still sent: kept for a person to look at, not applied.
create table late_post (
  id integer primary key,
  device text not null references device,
  received integer not null,
  hash blob not null unique,
  bytes blob not null
) strict;

alter table device add column reason text;
