-- Version 8. When the hub said that it holds a note of a bag.

alter table bag_note add column held_at integer;   -- hub time of the signed word
