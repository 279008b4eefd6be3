//! The world in which the stories happen: named devices, one hub, a clock that only moves when told, and a network that can be cut. Real
//! SQLCipher, the hub's real routes, no sleeps, no mocks of our own parts. The stories are in `stories/`.
pub mod browser;

pub mod failing_disk;

pub mod faults;

pub mod network;

pub mod officers;

pub mod wards;

pub mod partners;

pub mod opened;

pub mod people;

pub mod small;

pub mod plans;

pub mod visits;

pub mod photos;

pub mod deeds;

pub mod world;

pub mod bags;

pub mod pictures;

pub use world::{Worker, World};
