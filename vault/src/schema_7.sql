-- Version 7: eRed Bags.

-- Notes as they came or were signed here. A note is never changed; what is beside it may be.
create table bag_note (
  id blob primary key,            -- SHA-256 of bytes
  bag blob not null,
  person blob not null,
  at integer not null,            -- by its author's clock
  bytes blob not null,            -- sync::bag::Sheet
  signature blob not null,
  sworn blob,                     -- the hub's certificate of its author, where it came with one
  vouch integer not null,         -- crate::bags::Vouch
  unsent integer not null,        -- the hub does not hold it yet
  refused text                    -- the hub did not take it, and why
) strict, without rowid;
create index bag_note_of on bag_note (bag, at);
create index bag_note_by_person on bag_note (person);

-- What people chose whose bag came to this device by hand, as it came with the slip.
create table bag_grant (
  person blob primary key,
  rules text not null,            -- record::feed::Rules as JSON
  checked integer,                -- when its giver had confirmed it with the hub
  banner text not null
) strict, without rowid;
