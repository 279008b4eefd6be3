-- The hub's memory, version 1. One journal (`feed`), a few projections, and every resource whole.
-- Times are milliseconds since 1970 UTC. `seq` numbers come from `counter` and only grow.

create table meta (key text primary key, value blob not null) strict, without rowid;

-- The one counter behind every sequence number that a device can see.
create table counter (id integer primary key check (id = 1), seq integer not null) strict;
insert into counter values (1, 0);

-- Whose feed a resource came in by, or which organisation it names as its own.
create table source (
  id integer primary key,
  ods text not null unique,
  name text not null,
  setting text not null,
  as_at integer not null
) strict;

create table person (
  id integer primary key,
  uid blob not null unique,          -- record::PersonId
  head integer not null default 0,   -- seq of the newest change
  listing text                       -- record::feed::Listing as JSON; null until built
) strict;

-- Links are reversible: a feed's patient resource points to a person, and says how it came to. `via` is the source whose feed it
-- is: resource ids are unique within a feed, whichever organisation the resource itself names.
create table person_link (
  via integer not null references source,
  patient text not null,             -- the resource id in that feed
  person integer not null references person,
  rung integer not null,             -- reference/identity.md section 3.1
  at integer not null,
  born text not null,                -- as that patient resource last said, folded: what a later version must agree with
  family text not null,
  given text not null,
  primary key (via, patient)
) strict, without rowid;

-- What matching looks up: NHS number and local identifiers, with the birth date and folded family name that must agree.
create table person_key (
  system text not null,
  value text not null,
  person integer not null references person,
  born text not null,
  family text not null,
  given text not null,
  primary key (system, value, person)
) strict, without rowid;

create table resource (
  id integer primary key,
  via integer not null references source,    -- whose feed it came in by: `kind`/`rid` is unique there
  source integer not null references source, -- the organisation it names as its own, else the feed's
  kind text not null,
  rid text not null,
  person integer references person,  -- null: an organisation, practitioner, medication …
  version integer not null,
  received integer not null,
  updated integer,                   -- meta.lastUpdated: an older one never replaces a newer
  owner text,                        -- a reference to its organisation (or encounter) that is not yet known
  seq integer not null,
  hash blob not null,                -- SHA-256 of the bytes as received
  body blob not null,                -- zstd of the bytes as received
  unique (via, kind, rid)
) strict;
create index resource_by_person on resource (person) where person is not null;
create index resource_unowned on resource (id) where owner is not null;

-- Business identifiers of resources about nobody, for `Organization?identifier=…` and ODS codes.
create table resource_key (
  system text not null,
  value text not null,
  resource integer not null references resource,
  primary key (system, value, resource)
) strict, without rowid;

-- Every earlier version, whole.
create table resource_version (
  resource integer not null references resource,
  version integer not null,
  received integer not null,
  hash blob not null,
  body blob not null,
  primary key (resource, version)
) strict, without rowid;

create table parked (
  id integer primary key autoincrement, -- grows: what is newer was parked later
  at integer not null,
  file text not null,
  line integer not null,
  reason text not null,              -- a code
  detail text not null,              -- log-safe: where and what kind, never the content
  body blob not null,                -- zstd of what could not be understood
  key blob not null unique,          -- hash of where it came from and body: parking twice is once
  via integer references source,     -- and, where it is a whole resource that may be admitted later,
  kind text,                         -- what it is
  rid text,
  waits text                         -- the reference to whom it is about, which did not resolve
) strict;
create index parked_resource on parked (via, kind, rid) where rid is not null;

-- How far an import got in each file, so that it resumes and repeats nothing.
create table import_mark (
  file_hash blob primary key,        -- SHA-256 of path, length and modification time
  documents integer not null,        -- documents of the file already committed
  done integer not null
) strict, without rowid;

create table staff (
  id text primary key,
  actor text not null,               -- record::people::Actor as JSON
  active integer not null
) strict, without rowid;

create table caseload (
  id integer primary key,
  code text not null unique,
  name text not null,
  organisation text not null         -- record::people::Organisation as JSON
) strict;

create table caseload_staff (
  caseload integer not null references caseload,
  staff text not null references staff,
  primary key (staff, caseload)
) strict, without rowid;

create table caseload_member (
  caseload integer not null references caseload,
  person integer not null references person,
  relationship text not null,
  primary key (caseload, person)
) strict, without rowid;
create index caseload_by_person on caseload_member (person);

-- The journal as each caseload hears it: written when something happens, read by cursor.
create table feed (
  caseload integer not null references caseload,
  seq integer not null,
  person integer not null references person,
  what integer not null,             -- 1 member added, 2 member removed, 3 resource changed, 4 consent changed
  resource integer references resource,
  primary key (caseload, seq)
) strict, without rowid;

create table enrol_code (
  hash blob primary key,
  staff text not null references staff,
  expires integer not null,
  used integer
) strict, without rowid;

create table device (
  id text primary key,
  staff text not null references staff,
  signing_key blob not null,
  certificate blob not null,         -- SHA-256 of the DER
  enrolled integer not null,
  revoked integer,
  last_post integer
) strict, without rowid;

create table consent (
  seq integer primary key,
  person integer not null references person,
  recorded text not null,            -- record::consent::Recorded as JSON
  key text not null unique,          -- source key: recording twice is once
  saw integer not null,              -- seq of the version its author had seen
  received integer not null
) strict;
create index consent_by_person on consent (person, seq);

create table chain (
  id text primary key,
  epoch integer not null,
  seq integer not null,
  link blob not null,
  at integer not null,
  broken_at integer,
  broken_kind text
) strict, without rowid;

create table entry (
  chain text not null references chain,
  epoch integer not null,
  seq integer not null,
  received integer not null,
  subject blob,
  bytes blob not null,
  primary key (chain, epoch, seq)
) strict, without rowid;
create index entry_by_subject on entry (subject) where subject is not null;

-- Frames ready to send, made when first wanted; stale when their head is behind the person's.
create table frame (
  person integer not null references person,
  compartment integer not null,
  head integer not null,
  dictionary integer not null,
  raw_size integer not null,
  bytes blob not null,
  primary key (person, compartment)
) strict, without rowid;

create table dictionary (id integer primary key, bytes blob not null) strict;

create table policy (
  version integer primary key,
  body blob not null,
  signature blob not null
) strict;
