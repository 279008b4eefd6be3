//! The 27 sections of the bag, in the order in which an emergency department reads them, with the PRSB obligation of each and its FHIR
//! heading (`reference/eredbag.md` sections 2 to 4). *Required* means: sent if there is a value. It never stops a transfer.

use super::ids::ItemId;
use crate::section::Section;
use serde::{Deserialize, Serialize};

/// PRSB obligation codes (`reference/eredbag.md` section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Obligation {
    /// Always sent.
    Mandatory,
    /// Sent if it has a value; may be empty. A form that stops at an empty one is wrong.
    Required,
    /// Not in the standard: the home's own paper.
    Local,
}

impl Obligation {
    pub const fn label(self) -> &'static str {
        match self {
            Obligation::Mandatory => "always sent",
            Obligation::Required => "sent if you have it",
            Obligation::Local => "your home's own list",
        }
    }
}

macro_rules! sections {
    ($($name:ident $code:literal $title:literal $obligation:ident $heading:expr;)+) => {
        /// A section of the bag.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum BagSection { $(#[serde(rename = $code)] $name),+ }

        impl BagSection {
            pub const ALL: &'static [BagSection] = &[$(BagSection::$name),+];

            /// A stable word for files and the wire.
            pub const fn code(self) -> &'static str {
                match self { $(BagSection::$name => $code),+ }
            }

            pub const fn title(self) -> &'static str {
                match self { $(BagSection::$name => $title),+ }
            }

            pub const fn obligation(self) -> Obligation {
                match self { $(BagSection::$name => Obligation::$obligation),+ }
            }

            /// Its code in `UKCore-RecordStandardHeadings`; `None` where that list has none and a local code stands beside the text
            /// (`reference/eredbag.md` section 4).
            pub const fn heading(self) -> Option<&'static str> {
                match self { $(BagSection::$name => $heading),+ }
            }
        }
    };
}

sections! {
    Person "person" "Person demographics" Mandatory Some("person-demographics");
    Practice "gp-practice" "GP practice" Mandatory Some("gp-practice");
    Home "care-home" "Care home and referrer" Mandatory Some("referrer-details");
    Transfer "transfer" "Reason for transfer" Mandatory Some("reason-for-referral");
    Concern "concern" "Current concern, and what is different from usual" Required Some("presenting-complaints-or-issues");
    Observations "observations" "Observations now and usual" Required Some("observations");
    Alerts "alerts" "Alerts" Required Some("alerts");
    Allergies "allergies" "Allergies and adverse reactions" Mandatory Some("allergies-and-adverse-reaction");
    Medications "medications" "Medicines and medical devices" Required Some("medications-and-medical-devices");
    Problems "problems" "Problems, history and procedures" Required Some("problems");
    Nursing "nursing" "Nursing summary: formal care needs" Required None;
    Individual "individual" "Individual requirements" Required Some("individual-requirements");
    AboutMe "about-me" "About me" Required None;
    Legal "legal" "Legal information" Required Some("legal-information");
    Safeguarding "safeguarding" "Safeguarding" Required Some("safeguarding");
    Risks "risks" "Risks" Required Some("risk-information");
    Assessments "assessments" "Assessments" Required Some("assessments");
    Investigations "investigations" "Investigation results" Required Some("investigation-results");
    EndOfLife "end-of-life" "End of life care and CPR decision" Required None;
    Plans "plans" "Care and support plan, contingency plans" Required None;
    Contacts "contacts" "Professional and personal contacts" Required Some("professional-contacts");
    Social "social" "Social context, services and care" Required Some("social-context");
    Infection "infection" "Infection status and vaccinations" Required Some("vaccinations");
    Belongings "belongings" "Belongings and bag checklist" Local None;
    Documents "documents" "Documents" Required Some("documents-including-correspondence-audio-and-images");
    Completing "completing" "Person completing this record" Mandatory Some("person-completing-record");
    Distribution "distribution" "Distribution list" Required Some("distribution-list");
}

impl BagSection {
    pub fn from_code(code: &str) -> Option<BagSection> {
        BagSection::ALL.iter().copied().find(|section| section.code() == code)
    }

    /// Which sections of the shared record it is pre-filled from: what a permit must open for it to be.
    pub const fn sources(self) -> &'static [Section] {
        match self {
            BagSection::Observations => &[Section::Observations],
            BagSection::Alerts | BagSection::Safeguarding | BagSection::Risks => &[Section::Alerts],
            BagSection::Allergies => &[Section::Allergies],
            BagSection::Medications => &[Section::Medications],
            BagSection::Problems => &[Section::Problems, Section::Procedures],
            BagSection::AboutMe | BagSection::Legal | BagSection::Plans => &[Section::Plans],
            BagSection::Investigations => &[Section::Results],
            BagSection::EndOfLife => &[Section::EndOfLife, Section::Plans],
            BagSection::Contacts => &[Section::Contacts, Section::CareTeam],
            BagSection::Social => &[Section::SocialCare],
            BagSection::Infection => &[Section::Immunisations],
            BagSection::Documents => &[Section::Documents],
            _ => &[],
        }
    }

    /// What is asked everywhere, of the line that answers it.
    pub fn question(self, item: ItemId) -> Option<&'static str> {
        let answers = |(code, _): &&(&str, &str)| ItemId::of(self.code(), code) == item;
        self.prompts().iter().find(answers).map(|(_, label)| *label)
    }

    /// Headings people write under. The first of a section is what a new line is called if nobody says otherwise.
    pub const fn prompts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            BagSection::Person => &[(super::release::BORN, "Date of birth")],
            BagSection::Transfer => {
                &[("reason", "Why is the person going to hospital?"), ("urgency", "How urgent is it?")]
            }
            BagSection::Concern => &[
                ("concern", "What has changed, and when did it begin?"),
                ("baseline", "How is the person usually?"),
                ("called", "Who was called, and what did they advise?"),
            ],
            BagSection::Observations => &[("now", "Observations now"), ("usual", "Usual observations")],
            BagSection::Allergies => &[("statement", "Allergy statement")],
            // The six domains of formal nursing need (`reference/appendix-prsb-elements.md` section 5).
            BagSection::Nursing => &[
                ("eating", "Eating and drinking"),
                ("mobility", "Mobility"),
                ("elimination", "Toileting and continence"),
                ("hygiene", "Washing and dressing"),
                ("skin", "Skin"),
                ("medicines", "Managing medicines, and the last dose of each"),
            ],
            BagSection::Individual => &[("adjustment", "Reasonable adjustments"), ("cognition", "Thinking and memory")],
            BagSection::Legal => &[("consent", "Consent to share, or best-interests decision")],
            BagSection::EndOfLife => &[("original", "Where the original of the CPR or ReSPECT form is")],
            BagSection::Infection => &[("infection", "Infection status")],
            BagSection::Documents => &[("papers", "Papers in the bag")],
            BagSection::Distribution => &[("to", "Who this goes to")],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_27_sections_and_their_codes_are_their_own() {
        let mut codes: Vec<&str> = BagSection::ALL.iter().map(|s| s.code()).collect();
        assert_eq!(codes.len(), 27);
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 27);
        assert!(BagSection::ALL.iter().all(|s| BagSection::from_code(s.code()) == Some(*s)));
        assert!(BagSection::ALL.is_sorted());
    }

    #[test]
    fn the_table_of_sections() {
        let line = |s: &BagSection| {
            let from: Vec<&str> = s.sources().iter().map(|s| s.code()).collect();
            format!(
                "{:<16}{:<12}{:<55}{}",
                s.code(),
                format!("{:?}", s.obligation()),
                s.heading().unwrap_or("-"),
                from.join(" ")
            )
        };
        insta::assert_snapshot!(BagSection::ALL.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
}
