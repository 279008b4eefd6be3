-- The hub's log as shown to this device, and the epochs that the hub granted to this chain.

create table tree_head (
  id integer primary key,
  size integer not null,
  at integer not null,               -- hub time
  root blob not null,
  signature blob not null,           -- the hub's
  void integer not null              -- 1: the hub took it back (it was restored from an older copy); kept as evidence
) strict;
create index tree_head_by_size on tree_head (size) where void = 0;

create table epoch_grant (
  epoch integer primary key,
  entry blob not null,               -- of the hub's own chain: what the epoch's first entry follows
  signature blob not null
) strict;
