//! The stories that must always be true. Each of the design's journeys has a story of the same name; beside them stand what happens when
//! things go wrong, random cuts, frozen bytes, and the shape of the house.

mod a_bag_on_paper;
mod a_home_with_its_own_form;
mod a_nurse_opens_a_record_offline;
mod a_pre_alert;
mod a_region_with_its_own_words;
mod a_ward_takes_down_a_choice;
#[path = "../faults/audit.rs"]
mod audit_faults;
mod b_two_nurses_edit_a_plan_offline_and_sync;
mod bad_luck;
mod bag_document;
mod bag_files;
mod bag_formats;
mod c_a_bag_goes_to_hospital_and_back;
mod codes;
mod consent;
mod d_a_feed_reaches_a_device;
mod device_time;
mod e_an_audit_entry_from_tap_to_receipt;
mod faults;
mod formats;
mod killed;
mod licence;
mod lost;
mod near;
mod outbox;
mod packs;
mod partitions;
mod photos;
mod plan_formats;
mod plan_partitions;
mod plan_peer;
mod plan_returns;
mod receipts;
mod slow_link;
mod the_audit_from_outside;
mod the_log;
mod the_officers_desk;
mod the_officers_door;
mod the_wards_pages;
mod tidy;
mod tls;
mod visit_formats;
mod visits;
