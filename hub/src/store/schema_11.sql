-- Version 11: photographs of wounds, in pieces as they came. Each belongs to an act that is held and names it; whole, it stands.

create table visit_photo (
  id integer primary key,
  person integer not null references person,
  photo blob not null,               -- record::visit::PhotoId: the SHA-256 of the bytes
  act blob not null references visit_act (id),
  length integer not null,           -- of the whole, as the act says
  received integer not null,         -- the first piece
  held integer,                      -- since when it is whole, and is what the act names
  unique (person, photo)
) strict;

create table visit_photo_piece (
  photo integer not null references visit_photo,
  start integer not null,            -- how many bytes come before
  bytes blob not null,
  primary key (photo, start)
) strict;

-- What is whole stands. Pieces that do not make what was signed are let go.
create trigger visit_photo_stands before update on visit_photo when old.held is not null
  begin select raise(abort, 'a photograph is never changed'); end;
create trigger visit_photo_stays before delete on visit_photo when old.held is not null
  begin select raise(abort, 'a photograph is never removed'); end;
create trigger visit_photo_piece_stands before update on visit_photo_piece
  begin select raise(abort, 'a piece is never changed'); end;
create trigger visit_photo_piece_stays before delete on visit_photo_piece
  when (select held from visit_photo where id = old.photo) is not null
  begin select raise(abort, 'a piece is never removed'); end;
