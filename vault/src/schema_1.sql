-- One person's vault on one device, version 1. Times are milliseconds since 1970 UTC.

create table meta (key text primary key, value blob not null) strict, without rowid;

-- Whom this device carries, and the rules for each: the exact bytes the hub signed.
create table person (
  id integer primary key,
  uid blob not null unique,
  head integer not null,
  rules blob not null,
  signature blob not null,
  pending text                    -- a choice recorded here that the hub does not hold yet: Recorded as JSON
) strict;

-- Narrow rows for lists and search: neither ever reads a body.
create table listing (
  id integer primary key references person on delete cascade,
  row text not null,              -- record::feed::Listing as JSON
  carried integer not null
) strict;
create table finder (
  id integer primary key references person on delete cascade,
  words text not null             -- record::feed::Listing::search_text
) strict;

-- The frames as they came: person * 4 + compartment.
create table frame (id integer primary key, bytes blob not null) strict;

create table source (id integer primary key, body text not null) strict;

-- The audit chain: canonical bytes (record::audit).
create table entry (seq integer primary key, bytes blob not null) strict;

-- Choices recorded here that the hub does not hold yet.
create table choice (
  key text primary key,
  person blob not null,
  saw integer not null,
  recorded text not null
) strict, without rowid;
