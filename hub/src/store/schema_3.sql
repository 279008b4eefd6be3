-- Care plans: every change ever taken in stands here once, in the hub's order. `seq` numbers come from `counter`, so a device's one
-- cursor covers plans too. A plan's document may hold the older changes folded together; their rows stay, without bytes.

create table plan (
  person integer primary key references person,
  document blob,                     -- an Automerge document of everything through `through`; null until first compacted
  through integer not null default 0,
  tail integer not null default 0    -- changes after it
) strict;

create table plan_change (
  seq integer primary key,
  person integer not null references person,
  hash blob not null,
  chain text not null,               -- whose hand: device/staff, checked
  number integer not null,           -- that hand's own count in this plan
  at integer not null,               -- device time, evidence only
  received integer not null,
  bytes blob,                        -- as Automerge reads it; null once it is in the document
  unique (person, hash),
  unique (person, chain, number)
) strict;
create index plan_change_by_person on plan_change (person, seq);

-- What was not taken: an alarm. Kept whole, so that nothing anybody wrote is lost by a refusal.
create table plan_refused (
  id integer primary key,
  at integer not null,
  chain text not null,
  person integer references person,
  hash blob not null,
  why text not null,
  bytes blob not null,
  unique (chain, hash)
) strict;
