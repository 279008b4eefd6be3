-- Version 10: eRed Bags: signed notes in the hub's order, who may have which bag, and what was refused.

create table bag (
  id blob primary key,
  person integer not null references person,
  home text not null                 -- ODS code of the sending home
) strict, without rowid;
create index bag_of on bag (person);

create table bag_note (
  seq integer primary key,           -- the hub's one counter
  id blob not null unique,           -- SHA-256 of bytes
  bag blob not null references bag,
  chain text not null,               -- whose hand on which device
  staff text not null,
  at integer not null,               -- by its author's clock
  received integer not null,
  travels integer not null,          -- it goes with the bag; else it is the home's working on its form
  bytes blob not null,
  signature blob not null
) strict;
create index bag_note_of on bag_note (bag, seq);
create trigger bag_note_stands before update on bag_note begin select raise(abort, 'a note is never changed'); end;
create trigger bag_note_stays before delete on bag_note begin select raise(abort, 'a note is never removed'); end;

create table bag_right (
  bag blob not null references bag,
  staff text not null,
  seq integer not null,              -- from when: everything of the bag is owed under this number
  by_hand integer not null,          -- they took it over; else by their caseload, for as long as it holds the person
  primary key (bag, staff)
) strict, without rowid;
create index bag_right_of on bag_right (staff);

create table bag_refused (
  id blob primary key,
  at integer not null,
  chain text not null,
  why text not null,
  bytes blob not null
) strict, without rowid;
