//! Whole pages. Each lays out one answer of the device and passes presses on; which page is shown is the state's business.

pub mod signin;

pub mod enrol;

pub mod caseload;

pub mod demographics;

pub mod chart;

pub mod source;

pub mod wholooked;

pub mod plan;

pub mod planhistory;

pub mod round;

pub mod bag;
pub mod visit;

mod own;

pub mod refusal;

pub mod consent;
pub mod courier;

pub mod breakglass;

pub mod licence;

pub mod claim;

pub mod receipts;

pub mod ready;

pub mod settings;
