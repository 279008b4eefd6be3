-- Version 14: what a home asks and counts besides the standard. The newest of a home counts; older ones stay, to be looked up.

create table home_form (
  seq integer primary key,           -- the hub's one counter: a device hears of it with its bags
  home text not null,                -- ODS code
  body text not null,                -- record::bag::HomeForm as JSON
  at integer not null
) strict;
create index home_form_of on home_form (home, seq);

create trigger home_form_stands before update on home_form begin select raise(abort, 'a form is never changed'); end;
create trigger home_form_stays before delete on home_form begin select raise(abort, 'a form is never removed'); end;
