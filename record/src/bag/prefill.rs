//! Pre-filling: the record as the door disclosed it, the plan, and the last bag of the same person, laid into the 27 sections. Nothing is
//! stored by it: an unchecked line is read anew each time, so it is as current as its source. What was not disclosed cannot be laid in.

use super::draft::{Laying, Origin};
use super::ids::ItemId;
use super::note::Header;
use super::section::BagSection;
use crate::chart::{Chart, Content, Sourced};
use crate::ids::SourceId;
use crate::patient::Demographics;
use crate::plan::view::UNREAD;
use crate::plan::{Content as PlanContent, Held, Kind, Node, Plan, Topic};
use crate::section::Section;
use crate::stamp::Stamp;
use crate::summary::{Absence, Detail, Item, Note, Standing};
use crate::unit;
use crate::when::When;
use std::collections::BTreeSet;

/// Everything found, by section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Laid {
    lines: Vec<(BagSection, Laying)>,
    /// Sections of which everything was found that their sources hold.
    all: BTreeSet<BagSection>,
}

impl Laid {
    pub fn of(&self, section: BagSection) -> Vec<Laying> {
        self.lines.iter().filter(|(of, _)| *of == section).map(|(_, found)| found.clone()).collect()
    }

    /// Whether a line of this section that was not found is not in the record any more.
    pub fn is_all(&self, section: BagSection) -> bool {
        self.all.contains(&section)
    }
}

/// What there is to lay in.
#[derive(Clone, Copy)]
pub struct From<'a> {
    pub header: &'a Header,
    pub chart: &'a Chart,
    pub plan: Option<&'a Plan>,
    /// When the hub last confirmed what this device knows of people and organisations.
    pub register: Option<Stamp>,
    /// The newest signs taken at a visit, in words, with their time.
    pub visit: Option<&'a (String, Stamp)>,
    /// What a source is called.
    pub source: &'a dyn Fn(SourceId) -> String,
    /// Lines that people wrote in this person's last bag, with its day.
    pub last: &'a [(BagSection, ItemId, String, When)],
}

/// Lays everything in.
pub fn lay(from: From<'_>) -> Laid {
    let mut laid = Laid::default();
    person(&mut laid, from);
    if let Some((signs, at)) = from.visit {
        let origin = Origin { label: "Visit".into(), recorded: Some(When::from_stamp(*at)) };
        laid.put(BagSection::Observations, "visit", signs.clone(), origin);
    }
    chart(&mut laid, from);
    laid.all = BagSection::ALL.iter().copied().filter(|section| is_all(*section, from)).collect();
    if let Some(plan) = from.plan {
        lay_plan(&mut laid, plan);
    }
    for (section, item, text, when) in from.last {
        // The reason, the concern and today's observations are of that day and of no other.
        let lasting = !matches!(section, BagSection::Transfer | BagSection::Concern | BagSection::Observations);
        if lasting && !laid.lines.iter().any(|(of, (found, ..))| of == section && found == item) {
            let origin = Origin { label: "Last Red Bag".into(), recorded: Some(when.clone()) };
            laid.lines.push((*section, (*item, text.clone(), Some(origin))));
        }
    }
    laid
}

/// All that the sources of a section hold is laid in: not where only the newest lines are, and not where a source was not read.
fn is_all(section: BagSection, from: From<'_>) -> bool {
    let sources = section.sources();
    let read =
        |source: &Section| match from.chart.sections.iter().find(|of| of.section == *source).map(|of| &of.content) {
            Some(Content::Held(_)) => !grows(*source),
            Some(Content::Absent(absence)) => !matches!(absence, Absence::Unavailable | Absence::Withheld),
            None => false,
        };
    let plan = from.plan.is_some() || !sources.contains(&Section::Plans);
    !sources.is_empty() && plan && sources.iter().all(read)
}

const fn grows(section: Section) -> bool {
    matches!(section, Section::Observations | Section::Results | Section::Documents)
}

impl Laid {
    /// Nothing is laid in without its source.
    fn put(&mut self, section: BagSection, key: &str, text: String, origin: Origin) {
        if !text.trim().is_empty() {
            self.lines.push((section, (ItemId::of(section.code(), key), text, Some(origin))));
        }
    }
}

fn person(laid: &mut Laid, from: From<'_>) {
    let header = from.header;
    let demographics = from.chart.demographics.first();
    let register = Origin { label: "Satchel's register".into(), recorded: from.register.map(When::from_stamp) };
    let origin = demographics.map(|d| Origin { label: (from.source)(d.source), recorded: d.recorded.clone() });
    let origin = origin.unwrap_or_else(|| register.clone());
    let number = header.nhs_number.map_or("not known".to_owned(), |n| n.to_string());
    let checked = if header.nhs_number_verified { "" } else { " (not verified)" };
    let born = header.born.as_ref().map_or("not known".to_owned(), When::display_date);
    let who = format!("{}. Born {born}. Gender {}. NHS number {number}{checked}", header.banner, header.gender.label());
    laid.put(BagSection::Person, "who", who, origin.clone());
    if let Some(d) = demographics.map(|d| &d.value) {
        if !d.location_protected {
            laid.put(BagSection::Person, "address", d.home().map(|a| a.one_line()).unwrap_or_default(), origin.clone());
            laid.put(BagSection::Practice, "practice", d.gp.clone().unwrap_or_default(), origin.clone());
        }
        laid.put(BagSection::Individual, "language", language(d), origin);
    }
    laid.put(BagSection::Home, "home", format!("{} (ODS {})", header.home.name, header.home.ods), register);
}

fn language(d: &Demographics) -> String {
    match (&d.language, d.interpreter) {
        (Some(language), Some(true)) => format!("Speaks {language}; needs an interpreter"),
        (Some(language), _) => format!("Speaks {language}"),
        (None, Some(true)) => "Needs an interpreter".to_owned(),
        (None, _) => String::new(),
    }
}

/// Which section of the bag an item of the record goes to.
fn place(section: Section, item: &Item) -> Option<BagSection> {
    Some(match section {
        Section::Alerts => match &item.detail {
            Detail::Alert { category: Some(category), .. } if category.to_lowercase().contains("safeguard") => {
                BagSection::Safeguarding
            }
            Detail::Alert { category: Some(category), .. } if category.to_lowercase().contains("risk") => {
                BagSection::Risks
            }
            _ => BagSection::Alerts,
        },
        Section::Allergies => BagSection::Allergies,
        Section::EndOfLife => BagSection::EndOfLife,
        Section::Medications => BagSection::Medications,
        Section::Problems | Section::Procedures => BagSection::Problems,
        Section::Contacts | Section::CareTeam => BagSection::Contacts,
        Section::Observations => BagSection::Observations,
        Section::Results => BagSection::Investigations,
        Section::Plans => BagSection::Plans,
        Section::SocialCare => BagSection::Social,
        Section::Immunisations => BagSection::Infection,
        Section::Documents => BagSection::Documents,
        Section::Encounters | Section::Appointments | Section::Referrals | Section::Other => return None,
    })
}

/// So many of a section that only ever grows: the newest say how somebody is.
const NEWEST: usize = 12;

fn chart(laid: &mut Laid, from: From<'_>) {
    for section in &from.chart.sections {
        let growing = grows(section.section);
        match &section.content {
            Content::Held(items) => {
                let current = items.iter().filter(|i| matches!(i.value.standing, Standing::Current | Standing::Future));
                for item in current.take(if growing { NEWEST } else { usize::MAX }) {
                    let Some(to) = place(section.section, &item.value) else { continue };
                    // Where the source does not say when it wrote something down, when it happened.
                    let recorded = item.recorded.clone().or_else(|| item.value.when.clone());
                    laid.put(to, &item.key.0, in_words(&item.value), Origin { recorded, ..origin(from, item) });
                }
            }
            Content::Absent(absence) if section.section == Section::Allergies => {
                // Only a statement somebody made is laid in: that nobody asked is for the carer to say, on purpose.
                for note in &section.notes {
                    // A narrower statement ("No known drug allergy") goes along in its own words.
                    if let Note::Said { words, when, .. } = &note.value {
                        let origin = Origin { label: (from.source)(note.source), recorded: when.clone() };
                        laid.put(BagSection::Allergies, &note.key.0, words.clone(), origin);
                    }
                }
                if matches!(absence, Absence::NoneKnown { .. }) {
                    let said =
                        section.notes.iter().find(|n| matches!(n.value, Note::Absent(Absence::NoneKnown { .. })));
                    let Some(said) = said else { continue };
                    let origin = Origin { label: (from.source)(said.source), recorded: said.recorded.clone() };
                    laid.put(BagSection::Allergies, "statement", absence.label(Section::Allergies), origin);
                }
            }
            Content::Absent(_) => {}
        }
    }
}

fn origin<T>(from: From<'_>, item: &Sourced<T>) -> Origin {
    Origin { label: (from.source)(item.source), recorded: item.recorded.clone() }
}

/// An item on one line, in the words of its source; medicines in the order of the CUI line.
fn in_words(item: &Item) -> String {
    let mut parts = vec![item.title.clone()];
    match &item.detail {
        Detail::Allergy(allergy) => {
            let reactions: Vec<&str> = allergy.reactions.iter().map(|r| r.manifestation.as_str()).collect();
            parts.push(if reactions.is_empty() { "reaction not recorded".into() } else { reactions.join(", ") });
            parts.extend(allergy.criticality.as_ref().map(|c| format!("criticality {c}")));
        }
        Detail::Medication(m) => {
            let dose = m.dose.as_ref().map(|d| format!("DOSE {d}"));
            let known = [m.form.clone(), dose, m.route.clone(), m.frequency.clone()];
            let known: Vec<String> = known.into_iter().flatten().collect();
            let instruction = m.instruction.as_ref().map(|i| i.replace('\n', "; "));
            parts.extend(if known.is_empty() { instruction.into_iter().collect() } else { known });
        }
        Detail::Contact(c) => {
            parts.extend(c.relationship.clone());
            parts.extend(c.phones.iter().cloned());
            if c.next_of_kin {
                parts.push("next of kin".into());
            }
        }
        Detail::Alert { priority: Some(priority), .. } => parts.push(format!("priority {priority}")),
        _ => {}
    }
    for reading in &item.readings {
        let value = reading.missing.clone().unwrap_or_else(|| unit::beside(&reading.value, reading.unit.as_deref()));
        parts.push(if reading.name.is_empty() || reading.name == item.title {
            value
        } else {
            format!("{} {value}", reading.name)
        });
    }
    parts.extend(item.when.as_ref().map(|w| w.display_date()));
    parts.retain(|part| !part.trim().is_empty());
    parts.join(" — ")
}

fn lay_plan(laid: &mut Laid, plan: &Plan) {
    let origin = || Origin { label: "Care plan".into(), recorded: plan.updated.map(When::from_stamp) };
    for (topic, held) in &plan.decisions {
        let section = match topic {
            Topic::Cpr | Topic::ClinicalFocus => BagSection::EndOfLife,
            Topic::Adrt | Topic::Capacity => BagSection::Legal,
            Topic::AllergyStatus => BagSection::Allergies,
            Topic::KeySafe | Topic::Dose(_) | Topic::GoalStatus(_) => continue,
        };
        let voices: Vec<_> = match held {
            Held::Nothing => continue,
            Held::Agreed { said, .. } => vec![said.as_ref()],
            // Both voices go: nobody here chooses between them.
            Held::Disputed(voices) => voices.iter().collect(),
        };
        let disputed = voices.len() > 1;
        for (n, claim) in voices.into_iter().enumerate() {
            let mut text = format!("{}: {}", topic.title(), claim.value.shown(topic));
            text.push_str(&format!(". {} {}, {}", claim.by.name, claim.by.title, claim.at.display()));
            if !claim.kept.is_empty() {
                text.push_str(&format!(". Original: {}", claim.kept));
            }
            if disputed {
                text.insert_str(0, "NOT AGREED. ");
            }
            let key = if n == 0 { topic.word().to_owned() } else { format!("{}#{n}", topic.word()) };
            laid.put(section, &key, text, origin());
        }
    }
    for part in &plan.parts {
        let section = match part.kind {
            Kind::About => BagSection::AboutMe,
            Kind::EndOfLife | Kind::Respect => BagSection::EndOfLife,
            _ => BagSection::Plans,
        };
        node(laid, part, section, (plan, &origin));
    }
}

fn node(laid: &mut Laid, entry: &Node, section: BagSection, (plan, origin): (&Plan, &dyn Fn() -> Origin)) {
    if !entry.ended.is_empty() {
        return;
    }
    let section = match entry.kind {
        Kind::WelfareAttorney | Kind::PropertyAttorney => BagSection::Legal,
        Kind::EmergencyContact | Kind::ToContact => BagSection::Contacts,
        _ => section,
    };
    let is_part = entry.kind.parent().is_none();
    let mut said = Vec::new();
    for field in entry.kind.fields() {
        let Some(content) = entry.field(field.code).filter(|content| !content.is_empty()) else { continue };
        let text = match content {
            PlanContent::Prose(text) if plan.is_apart(&entry.id, field.code) => format!("{UNREAD}: {}", text.trim()),
            PlanContent::Prose(text) => text.trim().to_owned(),
            PlanContent::Register(register) => register.values().join(" / "),
        };
        if is_part {
            laid.put(
                section,
                &format!("{}/{}", entry.id.as_str(), field.code),
                format!("{}: {text}", field.label),
                origin(),
            );
        } else {
            said.push(text);
        }
    }
    if !is_part {
        let text =
            if said.is_empty() { String::new() } else { format!("{}: {}", entry.kind.title(), said.join(" — ")) };
        laid.put(section, entry.id.as_str(), text, origin());
    }
    entry.children.iter().for_each(|child| node(laid, child, section, (plan, origin)));
}
