//! The ward's pages from the administrator's side: a one-time code for somebody at a hospital. Serving them is `serve`.

use super::Shown;
use super::desk::coded;
use anyhow::Result;
use clap::Subcommand;
use hub::ward::WARD;
use record::StaffId;
use std::path::Path;

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

pub fn run(home: &Path, verb: WardVerb) -> Result<Shown> {
    let WardVerb::Enrol { staff, hours } = verb;
    coded(home, &WARD, &staff, hours, "the ward's pages")
}
