-- Version 18: pictures of forms that nobody has signed, in the pieces in which they are sealed: their author's alone, as drafts are, and gone with them. And which
-- drafts wait for their form to be free on the device that they are given to: those are not said with every answer.

alter table draft add column waits integer;    -- the number of it that could not be taken in there
alter table draft add column waits_at integer; -- hub time

create table draft_picture (
  staff text not null,               -- its author
  person blob not null,
  form text not null,                -- sync::drafts::name_of_picture: which picture of which form
  photo blob not null,               -- record::visit::PhotoId
  start integer not null,
  length integer not null,           -- of the whole
  bytes blob not null,
  received integer not null,         -- hub time
  unique (staff, person, form, start)
) strict;
create index draft_picture_received on draft_picture (received);
