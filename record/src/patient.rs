//! Who somebody is: names, dates, identifiers and where they live, and how the patient banner shows them (NHS CUI).
//! Not what is known of their health (that is [`crate::summary`]).

use crate::nhs_number::NhsNumber;
use crate::when::When;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Demographics as one source states them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Demographics {
    pub names: Vec<Name>,
    pub born: Option<When>,
    pub life: Life,
    pub gender: Gender,
    pub nhs_number: Option<NhsNumber>,
    /// Only `true` is "verified" (verification status 01, `reference/identity.md` section 1).
    pub nhs_number_verified: bool,
    pub addresses: Vec<Address>,
    pub telecoms: Vec<Telecom>,
    pub ethnicity: Option<Ethnicity>,
    /// Preferred language and whether an interpreter is needed, as text.
    pub language: Option<String>,
    pub interpreter: Option<bool>,
    /// Registered practice, as text.
    pub gp: Option<String>,
    /// The PDS S-flag (`meta.security` R or V): no address, telephone or GP may be shown.
    pub location_protected: bool,
    pub marital_status: Option<String>,
    pub religion: Option<String>,
    /// What else the source says of the person and no field above is for: how they want to be written to, their residential status. Label
    /// and words, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Name {
    pub family: String,
    pub given: Vec<String>,
    pub prefix: Vec<String>,
    #[serde(rename = "use")]
    pub use_: NameUse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NameUse {
    #[default]
    Usual,
    /// What the person likes to be called; shown under the banner name.
    Preferred,
    Maiden,
    Old,
    Temporary,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Life {
    #[default]
    Living,
    /// Reported dead; `formal` is a registered death (PDS status 2).
    Died { when: Option<When>, formal: bool },
}

/// FHIR administrative gender in the CUI's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Gender {
    Male,
    Female,
    OtherSpecific,
    #[default]
    NotKnown,
    NotSpecified,
}

impl Gender {
    pub const fn label(self) -> &'static str {
        match self {
            Gender::Male => "Male",
            Gender::Female => "Female",
            Gender::OtherSpecific => "Other Specific",
            Gender::NotKnown => "Not Known",
            Gender::NotSpecified => "Not Specified",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub lines: Vec<String>,
    pub postcode: Option<String>,
    /// `home`, `temp`, `old` as the source says.
    #[serde(rename = "use")]
    pub use_: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Telecom {
    /// `phone`, `email`, `sms` …
    pub system: String,
    pub value: String,
    #[serde(rename = "use")]
    pub use_: Option<String>,
}

/// Three answers that must stay apart: a category, "chose not to say" (Z) and "not asked" (99).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ethnicity {
    Stated { code: String, label: String },
    NotStated,
    NotKnown,
}

impl Ethnicity {
    pub fn label(&self) -> &str {
        match self {
            Ethnicity::Stated { label, .. } => label,
            Ethnicity::NotStated => "Not stated (the person chose not to say)",
            Ethnicity::NotKnown => "Not known (not asked)",
        }
    }
}

impl Address {
    /// One line: comma and space between parts, nothing for what is missing.
    pub fn one_line(&self) -> String {
        let parts = self.lines.iter().map(String::as_str).chain(self.postcode.as_deref());
        parts.filter(|p| !p.trim().is_empty()).collect::<Vec<_>>().join(", ")
    }
}

impl Name {
    /// `SURNAME, Given (Title)`, never truncated.
    pub fn banner(&self) -> String {
        let mut shown = self.family.to_uppercase();
        if !self.given.is_empty() {
            shown = format!("{shown}{}{}", if shown.is_empty() { "" } else { ", " }, self.given.join(" "));
        }
        if let Some(title) = self.prefix.first() {
            shown = format!("{shown} ({})", title.trim_end_matches('.'));
        }
        shown
    }
}

impl Demographics {
    /// The name for the banner: usual before any other.
    pub fn name(&self) -> Option<&Name> {
        let rank = |name: &&Name| match name.use_ {
            NameUse::Usual => 0,
            NameUse::Temporary => 1,
            NameUse::Preferred => 2,
            NameUse::Maiden => 3,
            NameUse::Old => 4,
        };
        self.names.iter().min_by_key(rank)
    }

    pub fn preferred_name(&self) -> Option<String> {
        let preferred = self.names.iter().find(|n| n.use_ == NameUse::Preferred)?;
        Some(preferred.given.first().unwrap_or(&preferred.family).clone())
    }

    pub fn home(&self) -> Option<&Address> {
        let current = |a: &&Address| a.use_.as_deref() != Some("old");
        self.addresses.iter().find(|a| a.use_.as_deref() == Some("home")).or(self.addresses.iter().find(current))
    }
}

/// Age on `today` in the CUI's units for people of at least a day (weeks to 1 year, months to 2, years and months to 18).
/// Empty where the day of birth is not known or lies ahead.
pub fn age(born: &When, today: Date) -> String {
    let Some(born) = born.date() else { return String::new() };
    let days = today.duration_since(born).as_hours() / 24;
    if days < 0 {
        return String::new();
    }
    let mut years = i32::from(today.year()) - i32::from(born.year());
    let mut months = i32::from(today.month()) - i32::from(born.month());
    let mut left = i32::from(today.day()) - i32::from(born.day());
    if left < 0 {
        months -= 1;
        left += i32::from(today.first_of_month().yesterday().map_or(30, |d| d.day()));
    }
    if months < 0 {
        years -= 1;
        months += 12;
    }
    match (days, years) {
        (0..28, _) => format!("{days}d"),
        (_, 0) => format!("{}w {}d", days / 7, days % 7),
        (_, 1) => format!("{}m {left}d", years * 12 + months),
        (_, 2..18) => format!("{years}y {months}m"),
        _ => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_banner_name_keeps_everything() {
        let name = Name {
            family: "Okonjo-Frost".into(),
            given: vec!["Ada".into(), "Mary".into()],
            prefix: vec!["Mrs.".into()],
            use_: NameUse::Usual,
        };
        assert_eq!(name.banner(), "OKONJO-FROST, Ada Mary (Mrs)");
        assert_eq!(Name { given: vec!["Ada".into()], ..Name::default() }.banner(), "Ada");
    }

    #[test]
    fn ages_in_the_units_of_the_cui() {
        let today = date(2026, 11, 21);
        for (born, shown) in [
            ("1940-11-22", "85y"),
            ("1940-11-21", "86y"),
            ("2010-01-30", "16y 9m"),
            ("2025-11-01", "12m 20d"),
            ("2026-10-01", "7w 2d"),
            ("2026-11-20", "1d"),
            ("2027-01-01", ""),
            ("1940", ""),
        ] {
            assert_eq!(When::parse(born).map(|b| age(&b, today)).as_deref(), Some(shown), "{born}");
        }
    }

    #[test]
    fn an_address_is_one_line_without_gaps() {
        let address =
            Address { lines: vec!["1 Mill Lane".into(), "".into()], postcode: Some("ZZ1 1AA".into()), use_: None };
        assert_eq!(address.one_line(), "1 Mill Lane, ZZ1 1AA");
    }
}
