-- Version 4: content that only break-glass opens, and what of a person's choices and claims is still to be sent.

-- Frames sealed to this person's sealing key, which only the PIN releases: person * 4 + compartment.
create table sealed (
  id integer primary key,
  ephemeral blob not null,        -- X25519 public key made for this one sealing
  bytes blob not null             -- crate::seal
) strict;

-- Signed opt-out forms until the hub holds them.
create table form (
  key text primary key,           -- of the choice
  mime text not null,
  bytes blob not null
) strict, without rowid;

-- Relationships claimed with people who are not here. answer: null until the hub answered; nobody is the empty blob.
create table claim (
  key text primary key,
  number text not null,
  born text not null,
  why text not null,
  answer blob
) strict, without rowid;

-- Whose content was erased for its age, to be asked for again.
create table again (person blob primary key) strict, without rowid;
