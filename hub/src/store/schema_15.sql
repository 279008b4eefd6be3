-- Version 15: partners' systems that read FHIR (a credential is kept as its hash only; a partner that ended stays, for the audit names it); and as
-- whom the register ever had each member of staff, for a device writes under the name it was enrolled with until it is enrolled again.

create table partner (
  id text primary key,               -- as the audit and `partner list` name it
  ods text not null,                 -- on whose behalf it asks: never taken from a request
  name text not null,
  hash blob not null unique,         -- SHA-256 of the credential
  added integer not null,
  expires integer not null,
  ended integer,                     -- null while it may ask
  used integer                       -- when it last asked, to the hour
) strict, without rowid;

create trigger partner_stays before delete on partner begin select raise(abort, 'a partner is never removed'); end;
create trigger partner_is_who_it_was before update of id, ods, name, hash, added, expires on partner
begin select raise(abort, 'a partner is never changed'); end;
create trigger partner_ends_once before update of ended on partner when old.ended is not null
begin select raise(abort, 'a partner that ended stays ended'); end;

create table staff_was (
  staff text not null,
  actor text not null,               -- record::people::Actor as JSON
  primary key (staff, actor)
) strict, without rowid;
insert into staff_was (staff, actor) select id, actor from staff;
-- What the users of devices enrolled until now were called then, nobody kept: their names are not held against the register until they enrol again.
alter table device add column names_unkept integer not null default 0;
update device set names_unkept = 1;

create trigger staff_was_so before update on staff_was begin select raise(abort, 'what somebody was is never changed'); end;
create trigger staff_was_there before delete on staff_was begin select raise(abort, 'what somebody was is never removed'); end;
