//! The verbs of `satchel-hub` and their arguments. Each verb gives a value that prints as text or, with `--json`, as one line of JSON.

mod alerts;
mod audit;
mod bags;
mod consent;
mod desk;
mod devices;
mod feeds;
mod home;
mod outbox;
mod parked;
mod partners;
mod people;
mod plans;
mod policy;
mod serve;
mod visits;

use anyhow::Result;
use clap::{Args as ClapArgs, Parser, Subcommand};
use record::StaffId;
use record::consent::Mode;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Parser)]
#[command(name = "satchel-hub", version, about = "The hub that Satchel devices sync with")]
pub struct Args {
    /// The hub's folder: database, keys, certificates
    #[arg(long, env = "SATCHEL_HUB_HOME", default_value = "satchel-hub", global = true)]
    home: PathBuf,
    /// Answers and errors as one line of JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a hub: its certificate authority, keys and empty database
    Init(Init),
    /// Serve devices, the privacy officer's desk, the ward's pages and partners' systems, until interrupted
    Serve {
        /// Where the privacy officer's desk listens, HOST:PORT; `none` for no desk
        #[arg(long, default_value = "127.0.0.1:8444")]
        desk: String,
        /// Where the pages for emergency departments and wards listen, HOST:PORT; `none` for none
        #[arg(long, default_value = "none")]
        ward: String,
        /// Where partners' systems read FHIR, HOST:PORT; `none` for nowhere
        #[arg(long, default_value = "none")]
        fhir: String,
        /// The address partners are told for it, if it is another: https://HOST:PORT/fhir/R4
        #[arg(long, value_name = "URL")]
        fhir_base: Option<String>,
        /// Announce released bags to the hospitals they name, into this folder (`bag announce`)
        #[arg(long, value_name = "FOLDER")]
        pre_alerts: Option<PathBuf>,
    },
    /// The pages for emergency departments and wards
    Ward {
        #[command(subcommand)]
        verb: desk::WardVerb,
    },
    /// The privacy officer's desk
    Desk {
        #[command(subcommand)]
        verb: desk::DeskVerb,
    },
    /// Take in FHIR R4 JSON: bundles, resources, NDJSON; .gz, .zst, tar; folders
    Import(Import),
    /// Make a region of invented people, staff and caseloads
    Sample(Sample),
    /// The register of staff
    Staff {
        #[command(subcommand)]
        verb: StaffVerb,
    },
    /// Caseloads, and who is on them
    Caseload {
        #[command(subcommand)]
        verb: CaseloadVerb,
    },
    /// Print a one-time ticket for a device, with its QR code
    Enrol(Enrol),
    /// End a device's enrolment
    Revoke {
        /// The device, as `status` and enrolment name it
        device: record::DeviceId,
        /// `lost` if it was lost or stolen; else any word
        #[arg(long)]
        reason: Option<String>,
        /// Of a lost one: the folder for what was on it, instead of `lost/DEVICE` in the hub's own
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// What is known of a device
    Device {
        #[command(subcommand)]
        verb: DeviceVerb,
    },
    /// For how long devices read without the hub
    Licence {
        #[command(subcommand)]
        verb: LicenceVerb,
    },
    /// What could not be taken in: list it, look at one, settle it
    Parked(parked::Parked),
    /// Make every frame that is owed and not made yet
    Prepare,
    /// Counts, feeds, audit
    Status,
    /// The audit: prove it, hand it out, review its alarms
    Audit {
        #[command(subcommand)]
        verb: audit::AuditVerb,
    },
    /// Sealed work of devices that came without a post
    Outbox {
        #[command(subcommand)]
        verb: outbox::OutboxVerb,
    },
    /// Shared care plans
    Plan {
        #[command(subcommand)]
        verb: plans::PlanVerb,
    },
    /// What was done at visits
    Visit {
        #[command(subcommand)]
        verb: visits::VisitVerb,
    },
    /// Systems of other organisations that read FHIR here
    Partner {
        #[command(subcommand)]
        verb: partners::PartnerVerb,
    },
    /// eRed Bags
    Bag {
        #[command(subcommand)]
        verb: BagVerb,
    },
    /// The sharing policy
    Policy {
        #[command(subcommand)]
        verb: PolicyVerb,
    },
    /// What people chose: set, show, settle, export
    Consent {
        #[command(subcommand)]
        verb: consent::ConsentVerb,
    },
    /// What the privacy officer must look at
    Alerts(alerts::Alerts),
}

#[derive(ClapArgs)]
struct Init {
    /// What the region calls itself
    #[arg(long, default_value = "Sample region")]
    region: String,
    /// The hub's own organisation code (ODS)
    #[arg(long, default_value = "ZZHUB")]
    ods: record::OdsCode,
    /// Where to listen, and what devices are told
    #[arg(long, default_value = "127.0.0.1:8443")]
    address: String,
    /// Further names or addresses for the server's certificate
    #[arg(long = "name")]
    names: Vec<String>,
    /// ask_each_time or discussion_to_view
    #[arg(long, default_value = "ask_each_time", value_parser = mode)]
    view_mode: Mode,
}

fn mode(text: &str) -> Result<Mode, String> {
    Mode::from_code(&text.replace('-', "_")).ok_or_else(|| "is ask_each_time or discussion_to_view".to_owned())
}

#[derive(ClapArgs)]
struct Import {
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Whose feed this is: its ODS code
    #[arg(long, default_value = "UNKNOWN")]
    source: record::OdsCode,
    /// Its name
    #[arg(long)]
    source_name: Option<String>,
    /// gp-practice, hospital, community, mental-health, ambulance, social-care, care-home or other
    #[arg(long, default_value = "other")]
    setting: String,
    /// Read files again that were taken in whole before
    #[arg(long)]
    again: bool,
}

#[derive(ClapArgs)]
struct Sample {
    #[arg(long, default_value_t = 25)]
    people: u64,
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

#[derive(Subcommand)]
enum StaffVerb {
    List,
    /// Register or change somebody
    Add {
        id: StaffId,
        #[arg(long)]
        name: String,
        #[arg(long)]
        title: String,
        /// REGULATED_CLINICIAN, CARE_STAFF, ADMIN or PRIVACY_OFFICER
        #[arg(long)]
        role: String,
        #[arg(long)]
        ods: record::OdsCode,
        #[arg(long)]
        organisation: String,
    },
    /// Turn a member of staff's devices away from now on
    Leave {
        id: StaffId,
    },
}

#[derive(Subcommand)]
enum CaseloadVerb {
    List,
    /// Register a caseload
    Add {
        code: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        ods: record::OdsCode,
        #[arg(long)]
        organisation: String,
        /// One of that code is there: give it this name and organisation, by which partners are tied to its people
        #[arg(long)]
        change: bool,
    },
    /// Put a member of staff on a caseload
    Assign {
        code: String,
        staff: StaffId,
    },
    /// Take a member of staff off a caseload
    Unassign {
        code: String,
        staff: StaffId,
    },
    /// Put people on a caseload
    Join {
        code: String,
        #[command(flatten)]
        whom: Whom,
        /// ESTABLISHED or SELF_CLAIMED
        #[arg(long, default_value = "ESTABLISHED")]
        relationship: String,
    },
    /// Take people off a caseload; devices purge them
    Leave {
        code: String,
        #[command(flatten)]
        whom: Whom,
    },
}

#[derive(ClapArgs)]
struct Whom {
    /// A file with one NHS number or person id a line; `-` is standard input (numbers stay out of the shell's history)
    #[arg(long, conflicts_with = "everyone")]
    list: Option<PathBuf>,
    /// Everybody the hub knows, or the first N of them
    #[arg(long, num_args = 0..=1, default_missing_value = "1000000000")]
    everyone: Option<u64>,
}

#[derive(ClapArgs)]
struct Enrol {
    /// For whom
    #[arg(required_unless_present = "sample")]
    staff: Option<StaffId>,
    /// For the sample nurse, N0001
    #[arg(long)]
    sample: bool,
    /// Hours until the ticket lapses
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
    hours: u32,
}

#[derive(Subcommand)]
enum DeviceVerb {
    /// The blast-radius pack of a lost device: who was on it, what was read, what was unsent. It names people
    Report {
        device: record::DeviceId,
        /// Write report.json, report.txt, people.csv and looks.csv into this folder instead of printing
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum LicenceVerb {
    /// Show the terms, or change some of them
    Terms {
        /// Hours from a round with the hub until ordinary reading stops
        #[arg(long)]
        hours: Option<u32>,
        /// Hours after the end of a shift
        #[arg(long)]
        grace_hours: Option<u32>,
        /// Hours that a colleague may add at a time
        #[arg(long)]
        extension_hours: Option<u32>,
        /// How often, between two rounds with the hub
        #[arg(long)]
        extensions: Option<u32>,
        /// May a clinician break the glass after the end?
        #[arg(long)]
        glass_after_end: Option<bool>,
    },
    /// Say when somebody's shift ends
    Shift {
        staff: StaffId,
        /// RFC 3339, like 2026-03-10T17:00:00Z
        #[arg(long)]
        until: String,
    },
    /// Licences that colleagues extended for each other
    Extensions,
}

#[derive(Subcommand)]
enum BagVerb {
    /// Which there are, and where; no content
    List,
    /// Give one out as a FHIR R4 document; recorded, and only where the person's choice allows
    Export {
        /// As `bag list` names it
        bag: String,
        /// Only a pointer to it: a DocumentReference without content
        #[arg(long)]
        pointer: bool,
    },
    /// Announce released bags to the hospitals they name: a DocumentReference each, into a folder that an integration engine empties
    Announce {
        /// The folder; one within it for each hospital, by its ODS code
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Register a hospital that bags may name, whether or not it has the ward's pages; without one, list them
    Receivers {
        /// Its ODS code
        #[arg(requires = "name")]
        ods: Option<record::OdsCode>,
        /// Its name, as homes write it
        #[arg(long)]
        name: Option<String>,
    },
    /// What a home asks and counts besides the standard: show it, or register it from a file
    Form {
        /// The home's ODS code; without one, which homes have a form
        #[arg(value_name = "HOME")]
        of: Option<record::OdsCode>,
        /// A form as `bag form HOME --json` shows it: {"home", "questions": [{"section", "label"}], "things": [{"code", "label", "valuable"}]}
        #[arg(long, value_name = "FILE", requires = "of", conflicts_with = "usual")]
        file: Option<PathBuf>,
        /// Back to what every home has
        #[arg(long, requires = "of")]
        usual: bool,
    },
    /// Print one as a PDF, into a file that is not there yet; recorded, and only where the person's choice allows
    Print {
        /// As `bag list` names it
        bag: String,
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

#[derive(Subcommand)]
enum PolicyVerb {
    /// The whole decision table
    Table {
        /// All 6,048 rows as CSV, both view modes
        #[arg(long)]
        csv: bool,
    },
    /// The pack in force
    Show,
    /// Read a pack's file and say what is wrong with it
    Check { file: PathBuf },
    /// Sign a pack and put it in force; its version must be higher than every one before
    Publish { file: PathBuf },
    /// Every pack ever in force
    List,
    /// Change the view mode for every device, as a new signed version
    Mode {
        #[arg(value_parser = mode)]
        mode: Mode,
    },
}

/// What a verb has to say.
pub struct Shown {
    value: Value,
    text: String,
    /// The verb did what it could and that is not all: its exit code says so, for timers and scripts.
    fell_short: bool,
}

impl Shown {
    fn new(value: Value, text: impl Into<String>) -> Shown {
        Shown { value, text: text.into(), fell_short: false }
    }

    pub fn fell_short(&self) -> bool {
        self.fell_short
    }

    /// The verb has printed what it had to say.
    fn nothing() -> Shown {
        Shown::new(Value::Null, "")
    }

    pub fn print(&self, json: bool) {
        use std::io::Write;
        if self.value.is_null() {
            return;
        }
        let text = if json { self.value.to_string() } else { self.text.clone() };
        // A reader that went away (`| head`) is no fault of the verb.
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }
}

#[cfg(test)]
#[path = "verbs_tests.rs"]
mod verbs_tests;

pub fn run(args: Args) -> Result<Shown> {
    let Args { home, json, verb } = args;
    match verb {
        Verb::Init(init) => home::init(&home, &init),
        Verb::Policy { verb } => match verb {
            PolicyVerb::Table { csv } => Ok(policy::decision_table(csv)),
            PolicyVerb::Mode { mode } => policy::mode(&home, mode),
            PolicyVerb::Show => policy::show(&home),
            PolicyVerb::Check { file } => policy::check(&file),
            PolicyVerb::Publish { file } => policy::publish(&home, &file),
            PolicyVerb::List => policy::list(&home),
        },
        Verb::Consent { verb } => consent::run(&home, verb),
        Verb::Alerts(asked) => alerts::run(&home, asked),
        Verb::Serve { desk, ward, fhir, fhir_base, pre_alerts } => {
            serve::serve(&home, &serve::Places { desk, ward, fhir, fhir_base }, pre_alerts, json)
        }
        Verb::Ward { verb } => desk::run_ward(&home, verb),
        Verb::Desk { verb } => desk::run(&home, verb),
        Verb::Import(import) => feeds::import(&home, &import, json),
        Verb::Sample(sample) => feeds::sample(&home, &sample, json),
        Verb::Parked(asked) => parked::run(&home, asked),
        Verb::Prepare => feeds::prepare(&home, json),
        Verb::Staff { verb } => people::staff(&home, verb),
        Verb::Caseload { verb } => people::caseload(&home, verb),
        Verb::Outbox { verb } => outbox::run(&home, verb),
        Verb::Plan { verb } => plans::plan(&home, verb),
        Verb::Visit { verb } => visits::visit(&home, verb),
        Verb::Partner { verb } => partners::run(&home, verb),
        Verb::Bag { verb } => bags::bag(&home, verb),
        Verb::Enrol(enrol) => people::enrol(&home, &enrol),
        Verb::Revoke { device, reason, out } => devices::revoke(&home, &device, reason.as_deref(), out.as_deref()),
        Verb::Device { verb: DeviceVerb::Report { device, out } } => devices::report(&home, &device, out.as_deref()),
        Verb::Licence { verb } => devices::licence(&home, verb),
        Verb::Status => home::status(&home),
        Verb::Audit { verb } => audit::run(&home, verb),
    }
}
