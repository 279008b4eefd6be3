-- Version 13: files of bags (photographs of belongings, attached documents), in pieces as they came. Each belongs to a note that is held and
-- names it; whole, it stands. Shaped like visit_photo, which keeps its own: what a hub holds already is not copied.

create table bag_file (
  id integer primary key,
  person integer not null references person,
  photo blob not null,               -- record::visit::PhotoId: the SHA-256 of the bytes
  named_by blob not null references bag_note (id),
  length integer not null,           -- of the whole, as the note says
  received integer not null,         -- the first piece
  held integer,                      -- since when it is whole, and is what the note names
  unique (person, photo)
) strict;

create table bag_file_piece (
  photo integer not null references bag_file,
  start integer not null,            -- how many bytes come before
  bytes blob not null,
  primary key (photo, start)
) strict;

create trigger bag_file_stands before update on bag_file when old.held is not null
  begin select raise(abort, 'a file is never changed'); end;
create trigger bag_file_stays before delete on bag_file when old.held is not null
  begin select raise(abort, 'a file is never removed'); end;
create trigger bag_file_piece_stands before update on bag_file_piece
  begin select raise(abort, 'a piece is never changed'); end;
create trigger bag_file_piece_stays before delete on bag_file_piece
  when (select held from bag_file where id = old.photo) is not null
  begin select raise(abort, 'a piece is never removed'); end;
