-- Version 7: segments of devices' outboxes that came sealed, without a post.

create table outbox_segment (
  id blob primary key,               -- the segment's random name
  chain text not null,
  length integer not null,           -- bytes
  commits integer not null,
  begun integer not null,            -- device time
  received integer not null,
  waiting blob                       -- the segment, while its audit waits for entries before it
) strict, without rowid;
