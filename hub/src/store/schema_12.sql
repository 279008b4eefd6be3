-- Version 12: pre-alerts: where a released bag is announced besides the ward's list, and what became of it.

create table bag_receiver (
  ods text primary key,              -- a hospital that bags may name, whether or not it has the ward's pages
  name text not null
) strict, without rowid;

create table bag_alert (
  note blob not null references bag_note (id),  -- the release
  ods text not null,                 -- to whom
  name text not null,
  bag blob not null references bag,
  since integer not null,
  recorded integer,                  -- its entry in the hub's chain
  written integer,                   -- its file lay in the folder
  gone integer,                      -- the hub saw that it no longer does
  ended text,                        -- why nothing is written, or written no more: choice, overtaken, over
  primary key (note, ods)
) strict, without rowid;
create index bag_alert_of on bag_alert (bag);
create index bag_alert_open on bag_alert (since) where gone is null and ended is null;
create trigger bag_alert_stays before delete on bag_alert begin select raise(abort, 'a pre-alert is never removed'); end;
