-- Version 13: what this device's own organisation wrote itself about somebody whose shared record is closed to it (decision 0066). In a table of its
-- own, so that no query for a record finds it.

create table own (
  person blob primary key,
  facts blob not null,                 -- sync::own::OwnFrames
  wholes blob not null,
  at integer not null                  -- when it was set aside or came
) strict, without rowid;
