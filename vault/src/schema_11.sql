-- Version 11. When the hub had a note of a bag, whoever brought it there; and since when a bag that came by hand is here.

alter table bag_note add column hub_at integer;    -- hub time
alter table bag_grant add column read_at integer;  -- by the time the rules count by; null: before this was kept
