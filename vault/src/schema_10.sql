-- Version 10: files of bags lie beside the photographs of visits. What names one is an act (16 bytes) or a note of a bag (32 bytes).

alter table photo rename column act to named_by;

-- Choices recorded here that the hub holds: sent again if it is restored from an older copy.
create table choice_held (
  key text primary key,
  person blob not null,
  saw integer not null,
  recorded text not null
) strict, without rowid;

-- Edits of plans that the hub did not take, and what stood after them: out of the plan, for others will never see them in it, and kept to
-- be read and written again. `plan_out.refused` is written no more.

create table plan_aside (
  hash blob primary key,
  person blob not null,
  at integer not null,
  bytes blob not null,
  why text not null                -- of the first that was refused; those after it waited with it
) strict, without rowid;

create index plan_aside_person on plan_aside (person);

insert into plan_aside
  select o.hash, o.person, o.at, o.bytes,
    (select r.refused from plan_out r where r.person = o.person and r.refused is not null order by r.number limit 1)
  from plan_out o
  where exists (select 1 from plan_out r where r.person = o.person and r.refused is not null and r.number <= o.number);
delete from plan_out where hash in (select hash from plan_aside);
insert or ignore into again (person) select distinct person from plan_aside;
