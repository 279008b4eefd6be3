-- Version 9: photographs of wounds. They lie here and nowhere else on the device. One that was taken here waits until the hub's signed word
-- covers it, and outlives a purge of the rest until then; one that was fetched to be looked at goes with the person.

create table photo (
  person blob not null,
  id blob not null,                  -- record::visit::PhotoId: the SHA-256 of the bytes
  act blob,                          -- taken here: the act that names it; null for one that comes from the hub
  waits integer not null,            -- 1: taken here, and the hub does not hold it
  there integer not null,            -- how many of its bytes the hub says it has
  refused text,                      -- why the hub did not take it
  held_at integer,                   -- hub time of the signed word
  length integer not null,           -- of the whole; fewer bytes are here while it is fetched
  bytes blob not null,
  primary key (person, id)
) strict;
create index photo_waiting on photo (waits) where waits = 1;

-- Of a form that is not signed yet.
create table photo_draft (
  person blob not null,
  form text not null,
  id blob not null,
  bytes blob not null,
  primary key (person, form, id)
) strict;
