//! What a nurse sees. It asks the device ([`ask`]), keeps what came back ([`state`]) and lays it out ([`parts`], [`pages`]). It
//! holds no rules, no clock and no records of its own: when the device locks, all of it goes.
//!
//! A library, so that the reducer and the words are tested without a browser; `main.rs` only starts it.
//!
//! Modules bottom-up; none names one below it in this list:
pub mod words;

pub mod routes;

pub mod display;

pub mod ask;

pub mod state;

pub mod acts;

pub mod parts;

pub mod pages;

pub mod later;

pub mod app;
