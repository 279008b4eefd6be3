-- Version 19: what is parked can be settled by a person, and stays with who, when and why (store::parked). And what was ruled of a patient
-- resource: whom it is not, while it says of itself what it said then.

alter table parked add column settled integer;    -- hub time; null: open
alter table parked add column settled_by text;    -- the operating system's user
alter table parked add column verdict text;       -- a code
alter table parked add column why text;

create table patient_ruled (
  via integer not null references source,
  patient text not null,             -- the resource id in that feed
  person integer not null references person,
  born text not null,                -- as it said then, folded: another claim is weighed anew
  family text not null,
  given text not null,
  was integer not null,              -- 1: it was linked to them until then; what is held of them by that id stays theirs
  primary key (via, patient, person)
) strict, without rowid;
