//! A policy pack: everything a programme may decide about sharing, as data. View mode, the options in the words of its leaflet, reasons
//! for access, limits of freshness and break-glass, and which sources may be cached. Signed by the hub, numbered, never running
//! backwards. Not the decision (that is [`super::weigh`]) and not the files packs are written in (that is `hub::packs`).

use super::{Choice, Mode, Policy, Purpose};
use crate::ids::OdsCode;
use crate::people::Role;
use crate::section::{Section, Sections};
use crate::stamp::Stamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A pack as carried. Unknown fields are refused: a limit that a device does not understand must not be dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Only grows. A device and the hub refuse a lower or equal one.
    pub version: u64,
    /// The programme's name, as staff know it.
    pub programme: String,
    pub view: View,
    pub lead: Lead,
    pub freshness: FreshnessLimits,
    pub break_glass: GlassLimits,
    /// Why somebody may open a record, in the programme's words.
    pub reasons: Vec<Reason>,
    /// The choices offered to a person, in the order of the leaflet.
    pub options: Vec<Choice>,
    /// The leaflet, once a language; the first is the programme's own.
    pub languages: Vec<Leaflet>,
    pub sources: CacheRules,
}

/// Ask each time, or rely on an earlier conversation (`reference/consent.md` section 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub default: Mode,
    /// For the staff of these organisations instead.
    #[serde(default)]
    pub by_organisation: BTreeMap<OdsCode, Mode>,
    /// The sections that staff without a registration see; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_staff: Option<Vec<Section>>,
}

/// What the screen asks for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// The person's choice decides; the purpose is direct care unless said otherwise.
    Choice,
    /// A reason from the list before any record; the person's choice where the rules still ask.
    Reason,
}

/// Hours since consent was last verified with the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreshnessLimits {
    pub fresh_hours: u32,
    pub stale_hours: u32,
}

/// Limits of break-glass (`reference/consent.md` section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassLimits {
    /// How long one override lasts.
    pub minutes: u32,
    /// More than so many in a shift alert the supervisor; they are never refused.
    pub per_shift: u32,
    pub shift_hours: u32,
    /// Fewest characters of free text; at least [`LEAST_TEXT`].
    pub least_text: u32,
    /// Who may; only ever narrower than the table.
    pub roles: Vec<Role>,
}

/// No programme may ask for a shorter explanation than this (`reference/consent.md` section 5, step 2), characters.
pub const LEAST_TEXT: u32 = 10;

/// Whether a reason in free text says enough to be looked into: of a best-interests decision too (`reference/consent.md` section 6).
pub fn says_why(text: &str) -> bool {
    text.trim().chars().count() >= LEAST_TEXT as usize
}

/// One reason for opening a record, and the purpose it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub code: String,
    pub label: String,
    pub purpose: Purpose,
}

/// The easy-read leaflet in one language. Each text is shown as it stands, in its own direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaflet {
    /// BCP 47: `en`, `pl`, `ur`.
    pub tag: String,
    /// What its speakers call it.
    pub name: String,
    pub direction: Direction,
    pub question: String,
    pub introduction: String,
    pub yes: String,
    pub no: String,
    /// Said before it is saved: the choice can be changed at any time.
    pub change: String,
    /// What is signed for option 5.
    pub form: String,
    pub sign: String,
    pub cards: Vec<Card>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Ltr,
    Rtl,
}

/// One option in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub choice: Choice,
    pub words: String,
    /// One more sentence, in plain words.
    pub means: String,
}

/// Whether a source's content may be kept on devices, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheRules {
    pub default: CacheRule,
    #[serde(default)]
    pub by_source: BTreeMap<OdsCode, CacheRule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheRule {
    /// False: its content never leaves the hub.
    pub cached: bool,
    /// Hours since the last contact with the hub after which it is not shown and is erased; absent: no limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
}

impl CacheRule {
    pub const ALWAYS: CacheRule = CacheRule { cached: true, hours: None };

    /// Whether content last verified at `checked` may still be shown. Never verified is past any limit.
    pub fn holds(self, checked: Option<Stamp>, now: Stamp) -> bool {
        let within = |hours: u32| checked.is_some_and(|at| now.since(at) <= SignedDuration::from_hours(hours.into()));
        self.cached && self.hours.is_none_or(within)
    }
}

impl Pack {
    /// The limits of `reference/consent.md` sections 5 and 6 and not a word of a leaflet: where only the decision matters.
    pub fn bare(mode: Mode) -> Pack {
        Pack {
            version: 1,
            programme: "Bare".to_owned(),
            view: View { default: mode, by_organisation: BTreeMap::new(), care_staff: None },
            lead: Lead::Choice,
            freshness: FreshnessLimits { fresh_hours: 24, stale_hours: 24 * 7 },
            break_glass: GlassLimits {
                minutes: 60,
                per_shift: 3,
                shift_hours: 12,
                least_text: LEAST_TEXT,
                roles: vec![Role::RegulatedClinician],
            },
            reasons: Vec::new(),
            options: Choice::OFFERED.to_vec(),
            languages: Vec::new(),
            sources: CacheRules { default: CacheRule::ALWAYS, by_source: BTreeMap::new() },
        }
    }

    /// The part that the decision needs, for somebody of this organisation.
    pub fn policy(&self, organisation: &OdsCode) -> Policy {
        Policy {
            version: self.version,
            mode: self.view.by_organisation.get(organisation).copied().unwrap_or(self.view.default),
            fresh: SignedDuration::from_hours(self.freshness.fresh_hours.into()),
            stale: SignedDuration::from_hours(self.freshness.stale_hours.into()),
            break_glass: SignedDuration::from_mins(self.break_glass.minutes.into()),
            glass_roles: self.break_glass.roles.clone(),
            care_staff: self.view.care_staff.as_ref().map_or(Sections::ALL, |open| open.iter().copied().collect()),
        }
    }

    pub fn cache_rule(&self, source: &OdsCode) -> CacheRule {
        self.sources.by_source.get(source).copied().unwrap_or(self.sources.default)
    }

    /// What stands in the way of publishing it, in the order of the fields. Empty: nothing.
    pub fn faults(&self) -> Vec<PackFault> {
        let mut faults = Vec::new();
        let mut need = |right: bool, fault: PackFault| {
            if !right {
                faults.push(fault);
            }
        };
        need(self.version > 0, PackFault::Version);
        need(!self.programme.trim().is_empty(), PackFault::Programme);
        // What can harm first is never kept from whoever cares for the person.
        let shows = |open: &Vec<Section>| [Section::Alerts, Section::Allergies].iter().all(|s| open.contains(s));
        need(self.view.care_staff.as_ref().is_none_or(shows), PackFault::CareStaff);
        let f = self.freshness;
        need(f.fresh_hours > 0 && f.fresh_hours <= f.stale_hours && f.stale_hours <= 24 * 31, PackFault::Freshness);
        let g = &self.break_glass;
        need((1..=24 * 60).contains(&g.minutes), PackFault::Minutes);
        need(g.per_shift > 0 && (1..=48).contains(&g.shift_hours), PackFault::Shift);
        need((LEAST_TEXT..=500).contains(&g.least_text), PackFault::Text);
        need(g.roles.iter().all(|r| *r == Role::RegulatedClinician), PackFault::GlassRole);
        let codes: BTreeSet<&str> = self.reasons.iter().map(|r| r.code.as_str()).collect();
        let sound = |r: &Reason| !r.code.is_empty() && !r.label.trim().is_empty() && r.purpose != Purpose::Other;
        need(codes.len() == self.reasons.len() && self.reasons.iter().all(sound), PackFault::Reasons);
        need(self.lead == Lead::Choice || !self.reasons.is_empty(), PackFault::NoReasons);
        let options: BTreeSet<Choice> = self.options.iter().copied().collect();
        let offered = options.iter().all(|o| Choice::OFFERED.contains(o));
        // A person must always be able to say no, whatever else a programme offers.
        let refusable = options.contains(&Choice::N1) && options.contains(&Choice::N2);
        need(offered && refusable && options.len() == self.options.len(), PackFault::Options);
        need(!self.languages.is_empty(), PackFault::NoLanguage);
        let tags: BTreeSet<&str> = self.languages.iter().map(|l| l.tag.as_str()).collect();
        need(tags.len() == self.languages.len(), PackFault::TwiceALanguage);
        for leaflet in &self.languages {
            let cards: BTreeSet<Choice> = leaflet.cards.iter().map(|c| c.choice).collect();
            let texts =
                [&leaflet.question, &leaflet.introduction, &leaflet.yes, &leaflet.no, &leaflet.change, &leaflet.form];
            let said = texts.into_iter().chain([&leaflet.sign, &leaflet.name]).all(|t| !t.trim().is_empty());
            let carded = leaflet.cards.iter().all(|c| !c.words.trim().is_empty() && !c.means.trim().is_empty());
            need(said && carded && cards == options, PackFault::Leaflet { tag: leaflet.tag.clone() });
        }
        let rules = self.sources.by_source.values().chain([&self.sources.default]);
        need(rules.into_iter().all(|rule| rule.hours != Some(0)), PackFault::CacheHours);
        faults
    }
}

/// What is wrong with a pack. Each names its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackFault {
    Version,
    Programme,
    CareStaff,
    Freshness,
    Minutes,
    Shift,
    Text,
    GlassRole,
    Reasons,
    NoReasons,
    Options,
    NoLanguage,
    TwiceALanguage,
    Leaflet { tag: String },
    CacheHours,
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackFault::Version => f.write_str("version: a whole number above 0"),
            PackFault::Programme => f.write_str("programme: the programme's name"),
            PackFault::CareStaff => f.write_str("view.care_staff: sections, Alerts and Allergies among them"),
            PackFault::Freshness => {
                f.write_str("freshness: fresh_hours at least 1, stale_hours at least as many and at most 744")
            }
            PackFault::Minutes => f.write_str("break_glass.minutes: 1 to 1440"),
            PackFault::Shift => f.write_str("break_glass: per_shift at least 1, shift_hours 1 to 48"),
            PackFault::Text => write!(f, "break_glass.least_text: {LEAST_TEXT} to 500"),
            PackFault::GlassRole => f.write_str("break_glass.roles: only RegulatedClinician may break the glass"),
            PackFault::Reasons => {
                f.write_str("reasons: each with its own code, a label, and a purpose that is not Other")
            }
            PackFault::NoReasons => f.write_str("reasons: a programme that leads with the reason must list some"),
            PackFault::Options => f.write_str("options: some of Y1 Y2 Y3 N1 N2, each once, N1 and N2 among them"),
            PackFault::NoLanguage => f.write_str("languages: at least one leaflet"),
            PackFault::TwiceALanguage => f.write_str("languages: a tag stands twice"),
            PackFault::Leaflet { tag } => {
                write!(f, "languages, {tag}: every text filled in, and a card for each option and no other")
            }
            PackFault::CacheHours => f.write_str("sources: hours at least 1; cached = false keeps content at the hub"),
        }
    }
}

impl std::error::Error for PackFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bare_pack_has_the_limits_of_the_reference_and_lacks_only_words() {
        let pack = Pack::bare(Mode::AskEachTime);
        assert_eq!(pack.policy(&"ZZ1".parse().unwrap()), Policy::standard(Mode::AskEachTime));
        assert_eq!(pack.faults(), [PackFault::NoLanguage]);
    }

    #[test]
    fn an_organisation_may_have_a_view_mode_of_its_own() {
        let mut pack = Pack::bare(Mode::AskEachTime);
        let ambulance: OdsCode = "RYF".parse().unwrap();
        pack.view.by_organisation.insert(ambulance.clone(), Mode::DiscussionToView);
        assert_eq!(pack.policy(&ambulance).mode, Mode::DiscussionToView);
        assert_eq!(pack.policy(&"RDY".parse().unwrap()).mode, Mode::AskEachTime);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let bare = || Pack::bare(Mode::AskEachTime);
        let care_staff = GlassLimits { roles: vec![Role::CareStaff], ..bare().break_glass };
        let short = GlassLimits { least_text: 9, ..bare().break_glass };
        let reason = |code: &str, purpose| Reason { code: code.into(), label: "x".into(), purpose };
        for (pack, fault) in [
            (Pack { version: 0, ..bare() }, PackFault::Version),
            (Pack { break_glass: care_staff, ..bare() }, PackFault::GlassRole),
            (Pack { break_glass: short, ..bare() }, PackFault::Text),
            (Pack { options: vec![Choice::Y3, Choice::N1], ..bare() }, PackFault::Options),
            (Pack { lead: Lead::Reason, ..bare() }, PackFault::NoReasons),
            (Pack { reasons: vec![reason("a", Purpose::Other)], ..bare() }, PackFault::Reasons),
            (
                Pack { reasons: vec![reason("a", Purpose::Treat), reason("a", Purpose::Treat)], ..bare() },
                PackFault::Reasons,
            ),
        ] {
            assert!(pack.faults().contains(&fault), "{fault:?}");
        }
    }

    #[test]
    fn content_past_its_time_does_not_hold() {
        let rule = CacheRule { cached: true, hours: Some(2) };
        let (then, hour) = (Stamp::from_millis(0), SignedDuration::from_hours(1));
        assert!(rule.holds(Some(then), then.plus(hour * 2)) && !rule.holds(Some(then), then.plus(hour * 3)));
        assert!(!rule.holds(None, then) && CacheRule::ALWAYS.holds(None, then));
        assert!(!CacheRule { cached: false, hours: None }.holds(Some(then), then));
    }
}
