-- The audit as one append-only log of every chain's entries (record::merkle), the chains, what proves who wrote them, and what an officer
-- must look at. Times are milliseconds since 1970 UTC.

create table audit_chain (
  id integer primary key,
  name text not null unique,         -- record::ChainId; `hub/acts` is the hub's own
  epoch integer not null,
  seq integer not null,              -- of the last entry in this epoch
  link blob not null,
  at integer not null,               -- of the last entry, by its author's clock
  received integer not null,         -- of the last entry, by ours
  complete integer,                  -- when a post last left nothing of the chain unsent
  closed integer not null,           -- the last entry ends a session
  quarantined integer                -- since when: two devices speak as this one
) strict;

create table audit_entry (
  leaf integer primary key,          -- its place in the log, from 0
  chain integer not null references audit_chain,
  epoch integer not null,
  seq integer not null,
  aside integer not null,            -- 1: kept as evidence, not part of its chain
  received integer not null,
  bytes blob not null
) strict;
create unique index audit_entry_in_chain on audit_entry (chain, epoch, seq) where aside = 0;
create index audit_entry_aside on audit_entry (chain, epoch, seq) where aside = 1;

create table audit_subject (
  person blob not null,
  leaf integer not null references audit_entry,
  primary key (person, leaf)
) strict, without rowid;

-- Nodes of the tree: level << 56 | index, 256 hashes each.
create table audit_tile (id integer primary key, hashes blob not null) strict;

-- The author's signature over a chain as it stood after each batch.
create table audit_batch (
  chain integer not null references audit_chain,
  epoch integer not null,
  through integer not null,
  signature blob not null,
  primary key (chain, epoch, through)
) strict, without rowid;

-- Which entry of the hub's own chain opened an epoch of a chain.
create table audit_grant (
  chain integer not null references audit_chain,
  epoch integer not null,
  leaf integer not null references audit_entry,
  primary key (chain, epoch)
) strict, without rowid;

create table audit_alarm (
  id integer primary key,
  raised integer not null,
  place text not null,               -- a chain's name, or `log`
  epoch integer not null,
  seq integer not null,
  kind text not null,
  acknowledged integer,
  by text,
  reason text,
  unique (place, epoch, seq, kind)
) strict;

insert into audit_chain (name, epoch, seq, link, at, received, closed)
  select id, epoch, seq, link, at, at, 1 from chain order by id;
insert into audit_alarm (raised, place, epoch, seq, kind)
  select at, id, epoch, broken_at, broken_kind from chain where broken_at is not null;
insert into audit_entry (leaf, chain, epoch, seq, aside, received, bytes)
  select row_number() over (order by e.received, c.id, e.epoch, e.seq) - 1, c.id, e.epoch, e.seq, 0, e.received, e.bytes
  from entry e join audit_chain c on c.name = e.chain;
insert into audit_subject (person, leaf)
  select e.subject, a.leaf from entry e join audit_chain c on c.name = e.chain
  join audit_entry a on a.chain = c.id and a.epoch = e.epoch and a.seq = e.seq where e.subject is not null;
drop table entry;
drop table chain;
