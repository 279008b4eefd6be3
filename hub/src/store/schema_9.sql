-- Version 9: what was done at visits, as it was signed. `seq` numbers come from `counter`, so a device's one cursor covers acts too.

create table visit_act (
  seq integer primary key,
  id blob not null unique,           -- record::visit::ActId: the hash of the bytes
  person integer not null references person,
  chain text not null,               -- whose hand: device/staff, checked
  at integer not null,               -- device time, evidence only
  received integer not null,
  bytes blob not null,
  signature blob not null            -- its author's, checked
) strict;
create index visit_act_by_person on visit_act (person, seq);

-- Nothing that was done is changed or removed.
create trigger visit_act_stands before update on visit_act begin select raise(abort, 'acts stand'); end;
create trigger visit_act_stays before delete on visit_act begin select raise(abort, 'acts stay'); end;

-- What was not taken: an alarm. Kept whole, so that nothing anybody recorded is lost by a refusal.
create table visit_refused (
  id integer primary key,
  at integer not null,
  chain text not null,
  person integer references person,
  act blob not null,
  why text not null,
  bytes blob not null,
  unique (chain, act)
) strict;
