-- When the newest enrolment was ended is asked at every post: without this it read every device of the region (194 ms with 700,000 of them).
create index device_revoked on device (revoked) where revoked is not null;
