-- The privacy officer's desk: an index of the audit that answers by staff, by day and by kind without reading the log; the work list and
-- its reviews; officers, their one-time codes and sessions; verifications. Times are milliseconds since 1970 UTC.

create table audit_look (
  staff text not null,               -- who acted
  at integer not null,               -- by the author's clock
  leaf integer not null references audit_entry,
  class integer not null,            -- crate::store::looks::Class; 0 is ordinary
  primary key (staff, at, leaf)
) strict, without rowid;
create index audit_look_by_class on audit_look (class, at, leaf) where class > 0;

-- One work item for the privacy officer. `key` makes raising it twice raising it once.
create table alert (
  id integer primary key autoincrement,
  kind text not null,                -- crate::store::alerts::Kind
  key text not null unique,
  chain text,                        -- the entry it is about, where there is one
  epoch integer,
  seq integer,
  person integer references person,
  staff text,
  at integer not null,               -- when it happened, by the clock of whoever recorded it
  opened integer not null,           -- when the hub heard of it
  detail text not null,              -- log-safe words
  reviewed integer                   -- when a finding closed it
) strict;
create index alert_open on alert (id) where reviewed is null;
create index alert_by_staff on alert (staff, kind, at);

create table alert_review (
  id integer primary key autoincrement,
  alert integer not null references alert,
  at integer not null,
  by text not null,
  finding text not null,             -- crate::store::alerts::Finding
  note text not null
) strict;
create index alert_review_of on alert_review (alert, id);
create trigger alert_review_stands before update on alert_review
  begin select raise(abort, 'a review is never changed'); end;
create trigger alert_review_stays before delete on alert_review
  begin select raise(abort, 'a review is never removed'); end;

create table officer (
  staff text primary key references staff,
  passphrase text not null,          -- Argon2id, PHC string
  since integer not null,
  failures integer not null,         -- wrong passphrases in a row
  locked integer                     -- nobody gets in before this moment
) strict, without rowid;

create table officer_code (
  hash blob primary key,             -- SHA-256
  staff text not null references staff,
  expires integer not null,
  used integer
) strict, without rowid;

create table officer_session (
  id integer primary key autoincrement,
  token blob not null unique,        -- SHA-256 of the cookie
  staff text not null references staff,
  began integer not null,
  seen integer not null,
  ended integer,
  how text                           -- crate::store::officers::End
) strict;
create index officer_session_live on officer_session (seen) where ended is null;

create table log_check (
  id integer primary key autoincrement,
  at integer not null,
  by text not null,
  entries integer not null,
  root text,                         -- null: the log does not hold
  fault text
) strict;

create table revocation_reason (
  device text primary key references device,
  at integer not null,
  by text not null,
  reason text not null
) strict, without rowid;
