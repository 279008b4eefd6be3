//! Reading a Consent: the one choice it amounts to. What our five choices cannot say is read as restrictively as the person can have meant
//! it, with the reason; it is never widened and never passed over (decision 0024). A permit with exceptions we cannot tell apart becomes
//! N1, not N2: somebody who agreed to treatment has not said "not even in an emergency".

use super::{END_EVENT, FORM, POLICY_BREAK_GLASS, POLICY_DENY, SDS_USER};
use jiff::civil::Date;
use record::Stamp;
use record::consent::{Channel, Choice, DecidedBy, Recorded, RecordedBy};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// What a Consent amounts to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// The choice, as said.
    Choice(Box<Recorded>),
    /// More restrictive than was said, and why: for a person to settle.
    Tightened(Box<Recorded>, BTreeSet<Doubt>),
    /// Nothing about who may see the record for care.
    NotAbout(Doubt),
    /// No longer in force; what this resource said before is withdrawn.
    Ended,
}

/// Why a Consent is not simply one of the five choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Draft, proposed or rejected: nobody has agreed to it.
    NotActive,
    /// Not about privacy (research, treatment, an advance decision).
    Scope,
    /// For purposes other than care.
    Purpose,
    /// About something narrower than the shared record.
    Subject,
    /// Says neither permit nor deny.
    NoRule,
    /// For some data only, or all but some.
    Data,
    /// By security labels beyond those that are always withheld.
    Labels,
    /// For some people or organisations only.
    Actor,
    /// For a time, in a way that the choice cannot have.
    Period,
    /// Exceptions to exceptions, or exceptions we do not read.
    Exceptions,
    /// Marked as not verified.
    Unverified,
}

impl Doubt {
    /// One sentence for the privacy officer.
    pub const fn sentence(self) -> &'static str {
        match self {
            Doubt::NotActive => "it is a draft, a proposal or was rejected",
            Doubt::Scope => "it is not about privacy",
            Doubt::Purpose => "it is for purposes other than care",
            Doubt::Subject => "it is about something narrower than the shared record",
            Doubt::NoRule => "it says neither permit nor deny",
            Doubt::Data => "it is about some of the data only",
            Doubt::Labels => "it goes by security labels; labelled data stays withheld",
            Doubt::Actor => "it is for some people or organisations only",
            Doubt::Period => "it has a time that the choice cannot have",
            Doubt::Exceptions => "it has exceptions that cannot be told apart here",
            Doubt::Unverified => "it is marked as not verified",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

/// Security labels by which a source keeps something back: confidentiality R and V, and the sensitivity codes of HL7 v3 ActCode that are
/// about somebody's health or life. At least those that `reference/consent.md` section 3 names for PCF; a rule about one of them changes
/// nothing that is shown, because all of them are withheld from everybody.
pub const WITHHELD: [&str; 29] = [
    "R", "V", "REDACTED", "PSY", "PSYTHPN", "BH", "COGN", "DVD", "EMOTDIS", "MH", "SUD", "ETH", "ETHUD", "OPIOIDUD",
    "GDIS", "HIV", "MST", "PREGNANT", "SCA", "SICKLE", "SDV", "SEX", "SEXUAL", "SPI", "STD", "TBOO", "VIO", "DIA",
    "DRGIS",
];

/// Purposes of ActReason that are care. A rule on TREAT covers every purpose under it (`reference/consent.md` section 3).
const EMERGENCY: [&str; 4] = ["ETREAT", "BTG", "ERTREAT", "safeguarding"];

/// Reads one Consent resource.
pub fn read(consent: &Value) -> Reading {
    match consent["status"].as_str() {
        Some("active") => {}
        Some("inactive" | "entered-in-error") => return Reading::Ended,
        _ => return Reading::NotAbout(Doubt::NotActive),
    }
    if !codes(&consent["scope"]).contains(&"patient-privacy") {
        return Reading::NotAbout(Doubt::Scope);
    }
    let root = &consent["provision"];
    let Some(permits) = rule(consent) else { return Reading::NotAbout(Doubt::NoRule) };
    let purposes = purposes(root);
    if !purposes.is_empty() && !purposes.contains(&"TREAT") && !purposes.iter().any(|p| EMERGENCY.contains(p)) {
        return Reading::NotAbout(Doubt::Purpose);
    }
    let general = is_general(consent);
    if !general && permits {
        return Reading::NotAbout(Doubt::Subject);
    }
    let mut doubts = BTreeSet::new();
    if !general {
        doubts.insert(Doubt::Subject);
    }
    if items(&consent["verification"]).any(|v| v["verified"].as_bool() == Some(false)) {
        doubts.insert(Doubt::Unverified);
    }
    let mut recorded = about(consent);
    let tight =
        if permits { permit(consent, &mut recorded, &mut doubts) } else { deny(consent, &mut recorded, &mut doubts) };
    // A rule about labels that are withheld anyway is noted and tightens nothing.
    let harmless = doubts.iter().all(|d| *d == Doubt::Labels) && !tight;
    if !doubts.is_empty() && !harmless && permits {
        recorded = Recorded { choice: Choice::N1, only: None, from: None, until: None, end_event: None, ..recorded };
    }
    if doubts.is_empty() { Reading::Choice(Box::new(recorded)) } else { Reading::Tightened(Box::new(recorded), doubts) }
}

/// Permit (true) or deny, from the root provision, else from the policy.
fn rule(consent: &Value) -> Option<bool> {
    match consent["provision"]["type"].as_str() {
        Some("permit") => return Some(true),
        Some("deny") => return Some(false),
        _ => {}
    }
    let rules = codes(&consent["policyRule"]);
    let policies: Vec<&str> = items(&consent["policy"]).filter_map(|p| p["uri"].as_str()).collect();
    match () {
        () if rules.contains(&"OPTOUT") || rules.contains(&"OPTOUTE") => Some(false),
        () if policies.iter().any(|p| [POLICY_DENY, POLICY_BREAK_GLASS].contains(p)) => Some(false),
        () if rules.contains(&"OPTIN") => Some(true),
        () => None,
    }
}

/// A permit. Gives whether it must be tightened for something other than what `doubts` holds.
fn permit(consent: &Value, recorded: &mut Recorded, doubts: &mut BTreeSet<Doubt>) -> bool {
    let root = &consent["provision"];
    narrowed(root, doubts);
    let labels: Vec<&str> = items(&root["securityLabel"]).filter_map(|l| l["code"].as_str()).collect();
    let mut tight = false;
    if !labels.is_empty() && !labels.contains(&"N") {
        doubts.insert(Doubt::Labels);
        tight = true;
    }
    for exception in items(&root["provision"]) {
        tight |= exception_to_permit(exception, doubts);
    }
    recorded.from = root["period"]["start"].as_str().and_then(start);
    recorded.until = root["period"]["end"].as_str().and_then(end);
    if root["period"]["end"].is_string() && recorded.until.is_none() {
        doubts.insert(Doubt::Period);
    }
    recorded.end_event = items(&root["extension"])
        .find(|e| e["url"] == END_EVENT)
        .and_then(|e| e["valueString"].as_str())
        .map(str::to_owned);
    let purposes = purposes(root);
    if !purposes.is_empty() && !purposes.contains(&"TREAT") {
        // Only in an emergency: that is N1, and no doubt about it.
        *recorded = Recorded { choice: Choice::N1, from: None, until: None, end_event: None, ..recorded.clone() };
        return tight;
    }
    recorded.choice = match actor(root, doubts) {
        Some(staff) => {
            recorded.only = Some(staff);
            // One person, and for one day only: anything longer is not one of the five.
            let one_day = recorded
                .until
                .is_some_and(|until| recorded.from.is_some_and(|from| until <= from.london_midnight_after()));
            if !one_day {
                doubts.insert(Doubt::Actor);
            }
            Choice::Y1
        }
        None if recorded.until.is_some() || recorded.end_event.is_some() => Choice::Y2,
        None => Choice::Y3,
    };
    tight
}

fn exception_to_permit(exception: &Value, doubts: &mut BTreeSet<Doubt>) -> bool {
    let labels: Vec<&str> = items(&exception["securityLabel"]).filter_map(|l| l["code"].as_str()).collect();
    let withheld = !labels.is_empty() && labels.iter().all(|l| WITHHELD.contains(l));
    let purposes = purposes(exception);
    let for_care = purposes.is_empty() || purposes.iter().any(|p| *p == "TREAT" || EMERGENCY.contains(p));
    match exception["type"].as_str() {
        // Denied to everybody, as it is here anyway.
        Some("deny") if withheld && !is_narrowed(exception) => false,
        Some("deny") if !for_care => false,
        // Widens what is withheld here for everybody: not done, and said.
        Some("permit") if withheld => {
            doubts.insert(Doubt::Labels);
            false
        }
        Some("permit") => false,
        _ => {
            narrowed(exception, doubts);
            if !is_narrowed(exception) {
                doubts.insert(if labels.is_empty() { Doubt::Exceptions } else { Doubt::Labels });
            }
            true
        }
    }
}

/// A refusal: N2, or N1 where it leaves room for an emergency or for safeguarding.
fn deny(consent: &Value, recorded: &mut Recorded, doubts: &mut BTreeSet<Doubt>) -> bool {
    let root = &consent["provision"];
    narrowed(root, doubts);
    if !root["securityLabel"].is_null() {
        doubts.insert(Doubt::Labels);
    }
    if root["period"].is_object() {
        doubts.insert(Doubt::Period);
    }
    let policies: Vec<&str> = items(&consent["policy"]).filter_map(|p| p["uri"].as_str()).collect();
    let categories: Vec<&str> = items(&consent["category"]).flat_map(codes).collect();
    let mut emergency = categories.contains(&"EMRGONLY")
        || codes(&consent["policyRule"]).contains(&"OPTOUTE")
        || (policies.contains(&POLICY_BREAK_GLASS) && root["provision"].is_null());
    for exception in items(&root["provision"]) {
        let purposes = purposes(exception);
        let emergencies = !purposes.is_empty() && purposes.iter().all(|p| EMERGENCY.contains(p));
        match exception["type"].as_str() {
            Some("permit") if emergencies && !has_data(exception) && exception["provision"].is_null() => {
                emergency = true
            }
            Some("deny") => {}
            _ => {
                doubts.insert(Doubt::Exceptions);
            }
        }
    }
    recorded.choice = if emergency { Choice::N1 } else { Choice::N2 };
    true
}

/// Whether it is about the record as a whole: by its category, or by a policy that only such Consents name.
fn is_general(consent: &Value) -> bool {
    const GENERAL: [&str; 8] = ["59284-0", "57016-8", "INFA", "IDSCL", "INFAO", "EMRGONLY", "npp", "57017-6"];
    items(&consent["category"]).flat_map(codes).any(|code| GENERAL.contains(&code))
}

/// Which parts of a provision are about some of the data, notes them.
fn narrowed(provision: &Value, doubts: &mut BTreeSet<Doubt>) {
    if has_data(provision) {
        doubts.insert(Doubt::Data);
    }
    if items(&provision["provision"]).any(|p| !p["provision"].is_null()) {
        doubts.insert(Doubt::Exceptions);
    }
}

fn is_narrowed(provision: &Value) -> bool {
    has_data(provision) || !provision["actor"].is_null()
}

fn has_data(provision: &Value) -> bool {
    ["data", "dataPeriod", "class", "code", "action"].iter().any(|part| !provision[*part].is_null())
}

/// The one practitioner a permit is for; somebody else, or several, is a doubt.
fn actor(provision: &Value, doubts: &mut BTreeSet<Doubt>) -> Option<record::StaffId> {
    let actors: Vec<&Value> = items(&provision["actor"]).collect();
    let [] = actors.as_slice() else {
        let staff = match actors.as_slice() {
            [one] if codes(&one["role"]).contains(&"IRCP") => staff(&one["reference"]),
            _ => None,
        };
        if staff.is_none() {
            doubts.insert(Doubt::Actor);
        }
        return staff;
    };
    None
}

fn staff(reference: &Value) -> Option<record::StaffId> {
    let identifier = &reference["identifier"];
    let named = (identifier["system"] == SDS_USER).then(|| identifier["value"].as_str()).flatten();
    named?.parse().ok()
}

/// Who decided, when, and who says so.
fn about(consent: &Value) -> Recorded {
    let performer = &consent["performer"][0];
    let kind = performer["type"].as_str().or(performer["reference"].as_str().and_then(|r| r.split('/').next()));
    let decided_by = match kind {
        Some("RelatedPerson") => DecidedBy::AttorneyOrDeputy,
        Some("Practitioner" | "PractitionerRole") => DecidedBy::BestInterests,
        Some("Patient") => DecidedBy::Person,
        _ => DecidedBy::Nobody,
    };
    let organisation = &consent["organization"][0];
    let said = |of: &Value| of["display"].as_str().or(of["reference"].as_str()).unwrap_or_default().to_owned();
    let form = &consent["sourceReference"]["identifier"];
    Recorded {
        decided: consent["dateTime"].as_str().and_then(start),
        decided_by,
        by: Some(RecordedBy { name: said(performer), organisation: said(organisation), how: Channel::Feed }),
        form: (form["system"] == FORM).then(|| form["value"].as_str().map(str::to_owned)).flatten(),
        ..Recorded::nothing()
    }
}

/// The first moment of a FHIR date or dateTime; a day begins at midnight in London.
fn start(text: &str) -> Option<Stamp> {
    Stamp::parse(text).or_else(|| midnight(first_day(text)?))
}

/// The moment after the end: ends are inclusive (FHIR R4 Period), to the second or to the last day of what is named.
fn end(text: &str) -> Option<Stamp> {
    if let Some(moment) = Stamp::parse(text) {
        return Some(Stamp::from_millis(moment.millis() + 1_000));
    }
    let first = first_day(text)?;
    let next = match text.len() {
        4 => first.checked_add(jiff::Span::new().years(1)),
        7 => first.checked_add(jiff::Span::new().months(1)),
        _ => first.tomorrow(),
    };
    midnight(next.ok()?)
}

/// What a FHIR date names, from its first moment to before the moment after it.
pub(crate) fn days(text: &str) -> Option<(Stamp, Stamp)> {
    Some((midnight(first_day(text)?)?, end(text)?))
}

fn first_day(text: &str) -> Option<Date> {
    match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    }
    .parse()
    .ok()
}

fn midnight(day: Date) -> Option<Stamp> {
    // Noon of the day before is that day in London at any time of year.
    Some(Stamp::parse(&format!("{}T12:00:00Z", day.yesterday().ok()?))?.london_midnight_after())
}

fn purposes(provision: &Value) -> Vec<&str> {
    items(&provision["purpose"]).filter_map(|p| p["code"].as_str()).collect()
}

/// The codes of a CodeableConcept.
fn codes(concept: &Value) -> Vec<&str> {
    items(&concept["coding"]).filter_map(|c| c["code"].as_str()).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
