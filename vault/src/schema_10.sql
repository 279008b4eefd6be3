-- Version 10: files of bags lie beside the photographs of visits. What names one is an act (16 bytes) or a note of a bag (32 bytes).

alter table photo rename column act to named_by;
