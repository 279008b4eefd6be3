-- Shared care plans. A plan's document is `document` and every change of `plan_tail`; what the screen shows at once is `view`. Changes
-- made here wait in `plan_out` until the hub's signed word covers them: they outlive a purge of the plan itself.

create table plan (
  person blob primary key,
  document blob,                  -- an Automerge document; null: the genesis
  view blob not null,             -- record::plan::Plan as JSON, folded
  news text not null,             -- lines by others since this user said they had looked: record::plan::Line as JSON
  held_through integer not null default 0,  -- of this user's own changes: the hub's signed word covers up to here
  held_at integer
) strict, without rowid;

create table plan_tail (
  id integer primary key,
  person blob not null,
  hash blob not null,
  bytes blob not null,
  unique (person, hash)
) strict;

create table plan_out (
  person blob not null,
  number integer not null,        -- this user's own count of changes in the plan
  hash blob not null,
  at integer not null,
  bytes blob not null,
  refused text,                   -- why the hub did not take it
  primary key (person, number)
) strict, without rowid;
