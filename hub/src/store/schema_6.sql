-- Version 6: signed opt-out forms, and relationships claimed from devices.

create table consent_form (
  key text primary key references consent (key),
  mime text not null,
  sha256 blob not null,
  bytes blob not null,
  received integer not null
) strict, without rowid;

create table claim (
  key text primary key,              -- the device's: claiming twice is once
  staff text not null references staff,
  person integer references person,  -- null: nobody of that number and birth date
  at integer not null
) strict, without rowid;
