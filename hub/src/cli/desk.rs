//! The privacy officer's desk and the ward's pages from the administrator's side: a one-time code for somebody who signs in there. Serving
//! them is `serve`.

use super::Shown;
use super::home::{now, open, operator, random};
use anyhow::Result;
use clap::Subcommand;
use hub::officer::DESK;
use hub::ward::WARD;
use hub::web::Place;
use hub::web::signin::one_time_code;
use jiff::SignedDuration;
use record::StaffId;
use serde_json::json;
use std::path::Path;

#[derive(Subcommand)]
pub enum DeskVerb {
    /// Print a one-time code with which a privacy officer sets a passphrase in the browser
    Enrol {
        /// Registered with the role PRIVACY_OFFICER
        staff: StaffId,
        /// Hours until the code lapses
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
    },
}

#[derive(Subcommand)]
pub enum WardVerb {
    /// Print a one-time code with which somebody at a hospital sets a passphrase in the browser
    Enrol {
        /// Registered with the role REGULATED_CLINICIAN or CARE_STAFF, and with the hospital as their organisation
        staff: StaffId,
        /// Hours until the code lapses
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
    },
}

pub fn run(home: &Path, verb: DeskVerb) -> Result<Shown> {
    let DeskVerb::Enrol { staff, hours } = verb;
    coded(home, &DESK, &staff, hours, "the desk")
}

pub fn run_ward(home: &Path, verb: WardVerb) -> Result<Shown> {
    let WardVerb::Enrol { staff, hours } = verb;
    coded(home, &WARD, &staff, hours, "the ward's pages")
}

/// A one-time code for somebody, at one of the places among the hub's pages.
fn coded(home: &Path, place: &Place, staff: &StaffId, hours: u32, words: &str) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let now = now();
    let expires = now.plus(SignedDuration::from_hours(hours.into()));
    let code = one_time_code(&mut store, place, (staff, &operator()), &random(), (now, expires))?;
    let grouped: Vec<&str> = (0..code.len()).step_by(4).filter_map(|at| code.get(at..at + 4)).collect();
    let code = grouped.join("-");
    Ok(Shown::new(
        json!({ "staff": staff, "code": code, "expires": expires.to_string() }),
        format!(
            "One-time code for {staff}, good until {} and once:\n\n    {code}\n\n\
             Give it to {staff} only. They open {words} in a browser, choose \"I have a one-time code\" and set a passphrase.",
            expires.display()
        ),
    ))
}
