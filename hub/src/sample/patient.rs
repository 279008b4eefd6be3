//! The Patient resource as each source sends it, and the next of kin. Only the practice (and whoever visits) knows everything; a
//! hospital or an ambulance knows the name, the number and the address.

use super::cast::Trait;
use super::fhir::{Bundle, NHS_NUMBER, hl7_system, uk_system};
use super::json::Json;
use super::person::{Person, days_lived};
use super::place::Organisation;
use super::when::{At, ago};

/// How much a source knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knows {
    Everything,
    TheBasics,
}

/// Adds the source's Patient: always the first resource of its bundle.
pub fn patient(b: &mut Bundle<'_>, p: &Person, knows: Knows, practice: Option<&Organisation>) {
    let protected = p.has(Trait::Protected);
    let ods = b.from.ods.clone();
    let local = b.local();
    let recorded = At::new(ago(p.now, 3), 8, 30);
    b.json.element(|entry| {
        entry.plain(
            "fullUrl",
            format_args!("https://{}.wessmoor.example/Patient/{}", ods.as_str().to_ascii_lowercase(), b.patient),
        );
        entry.object("resource", |j| {
            j.text("resourceType", "Patient");
            j.plain("id", b.patient);
            j.object("meta", |m| {
                m.plain("lastUpdated", recorded);
                m.list("profile", |l| l.text_element("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"));
                if protected {
                    m.list("security", |l| l.coding(&hl7_system("v3-Confidentiality"), "R", "restricted"));
                }
            });
            extensions(j, p, knows);
            j.list("identifier", |l| {
                nhs_number(l, p);
                l.element(|i| {
                    i.plain(
                        "system",
                        format_args!("https://{}.wessmoor.example/id/patient", ods.as_str().to_ascii_lowercase()),
                    );
                    i.plain("value", format_args!("{}{local:07}", &ods.as_str()[2..3]));
                });
            });
            j.bare("active", true);
            names(j, p, knows);
            j.text("gender", if p.female { "female" } else { "male" });
            match p.has(Trait::YearOfBirthOnly) {
                true => j.plain("birthDate", p.born.year()),
                false => j.plain("birthDate", p.born),
            }
            if p.dead() {
                j.plain("deceasedDateTime", p.now);
            }
            if !protected {
                address(j, p);
                if let Some(practice) = practice {
                    j.list("generalPractitioner", |l| l.element(|r| r.organisation_members(practice)));
                }
            }
            language(j, p);
        });
    });
    b.follow_patient();
}

fn extensions(j: &mut Json, p: &Person, knows: Knows) {
    let full = knows == Knows::Everything;
    if !full && !p.dead() {
        return;
    }
    j.list("extension", |l| {
        if full {
            let (code, words) = p.ethnicity;
            l.uk_extension("EthnicCategory", |e| {
                e.code("valueCodeableConcept", &uk_system("EthnicCategoryEngland"), code, words);
            });
        }
        if p.dead() {
            let (code, words) = match p.has(Trait::DiedFormal) {
                true => ("2", "Formal - death notice received from Registrar of Deaths"),
                false => (
                    "1",
                    "Informal - death notice received via an update from a local NHS Organisation such as GP or Trust",
                ),
            };
            l.uk_extension("DeathNotificationStatus", |e| {
                e.list("extension", |l| {
                    l.element(|s| {
                        s.text("url", "deathNotificationStatus");
                        s.code("valueCodeableConcept", &uk_system("DeathNotificationStatus"), code, words);
                    });
                    l.element(|s| {
                        s.text("url", "systemEffectiveDate");
                        s.plain("valueDateTime", p.now);
                    });
                });
            });
        }
        if full && p.language.is_some() {
            l.element(|e| {
                e.text("url", "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired");
                e.bare("valueBoolean", true);
            });
        }
    });
}

fn nhs_number(l: &mut Json, p: &Person) {
    if let Some(number) = p.nhs_number {
        l.element(|i| {
            i.list("extension", |l| {
                l.uk_extension("NHSNumberVerificationStatus", |e| {
                    let system = uk_system("NHSNumberVerificationStatusEngland");
                    e.code("valueCodeableConcept", &system, "01", "Number present and verified");
                });
            });
            i.text("system", NHS_NUMBER);
            i.text("value", &number.digits());
        });
    }
}

fn names(j: &mut Json, p: &Person, knows: Knows) {
    let name = &p.name;
    j.list("name", |l| {
        l.element(|n| {
            n.text("use", "official");
            n.text("family", &name.family);
            n.list("given", |l| name.given.iter().for_each(|g| l.text_element(g)));
            n.list("prefix", |l| l.text_element(name.title));
        });
        if let (Some(known_as), Knows::Everything) = (name.known_as, knows) {
            l.element(|n| {
                n.text("use", "nickname");
                n.list("given", |l| l.text_element(known_as));
            });
        }
        if let (Some(former), Knows::Everything) = (name.former, knows) {
            l.element(|n| {
                n.text("use", "maiden");
                n.text("family", former);
            });
        }
    });
}

fn address(j: &mut Json, p: &Person) {
    j.list("telecom", |l| {
        l.element(|t| {
            t.text("system", "phone");
            t.text("value", &p.home.phone);
            t.text("use", "home");
        });
        if let Some(mobile) = &p.home.mobile {
            l.element(|t| {
                t.text("system", "phone");
                t.text("value", mobile);
                t.text("use", "mobile");
            });
        }
    });
    j.one("address", |a| {
        a.text("use", "home");
        a.list("line", |l| l.text_element(&p.home.line));
        a.text("city", p.home.town);
        a.text("district", "Wessmoor");
        a.text("postalCode", &p.home.postcode);
    });
}

fn language(j: &mut Json, p: &Person) {
    if let Some((code, words)) = p.language {
        j.one("communication", |c| {
            c.code("language", "urn:ietf:bcp:47", code, words);
            c.bare("preferred", true);
        });
    }
}

/// The next of kin, and for some a second contact or the attorney.
pub fn contacts(b: &mut Bundle<'_>, p: &Person) {
    let patient = b.patient;
    let kin = &p.kin;
    let recorded = At::new(ago(p.now, 200.min(days_lived(p))), 11, 0);
    let attorney = p.has(Trait::Attorney);
    b.add("RelatedPerson", "UKCore-RelatedPerson", recorded, |j| {
        j.list("extension", |l| {
            l.uk_extension("ContactRank", |e| e.bare("valuePositiveInt", 1));
            l.uk_extension("CopyCorrespondenceIndicator", |e| e.bare("valueBoolean", attorney));
        });
        j.bare("active", true);
        j.reference("patient", "Patient", patient);
        j.list("relationship", |l| {
            let (code, words) = kin.relation;
            l.element(|c| c.list("coding", |l| l.coding(&hl7_system("v3-RoleCode"), code, words)));
            l.element(|c| {
                c.list("coding", |l| l.coding(&hl7_system("v2-0131"), "N", "Next-of-Kin"));
                c.text("text", if kin.lives_with { "Next of kin, lives with the person" } else { "Next of kin" });
            });
            if attorney {
                l.element(|c| c.text("text", "Attorney for health and welfare (registered)"));
            }
        });
        j.one("name", |n| {
            n.text("use", "official");
            n.text("text", &kin.name);
        });
        j.one("telecom", |t| {
            t.text("system", "phone");
            t.text("value", &kin.phone);
            t.text("use", "mobile");
        });
    });
    if p.age > 75 && p.number % 3 == 1 {
        b.add("RelatedPerson", "UKCore-RelatedPerson", recorded, |j| {
            j.list("extension", |l| l.uk_extension("ContactRank", |e| e.bare("valuePositiveInt", 2)));
            j.bare("active", true);
            j.reference("patient", "Patient", patient);
            j.list("relationship", |l| {
                l.element(|c| c.list("coding", |l| l.coding(&hl7_system("v3-RoleCode"), "NBOR", "neighbor")));
                l.element(|c| c.list("coding", |l| l.coding(&hl7_system("v2-0131"), "C", "Emergency Contact")));
            });
            j.one("name", |n| n.text("text", "Neighbour at the next house, has a key"));
            j.one("telecom", |t| {
                t.text("system", "phone");
                t.plain("value", format_args!("01632 960{:03}", p.number * 7 % 1_000));
            });
        });
    }
}
