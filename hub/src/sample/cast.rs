//! The first 25 people, written by hand so that a small region shows everything a record can hold: each is a type (what they
//! have, what is special about them) to which the ordinary generator adds the detail. Their names and dates come from the seed.

use super::vocab::conditions::{self as c, Condition};

/// Something about a person that most people do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// ReSPECT plan with a decision not to attempt resuscitation, anticipatory medicines, end-of-life register.
    EndOfLife,
    /// Advance decision to refuse treatment.
    AdvanceDecision,
    /// Lasting power of attorney for health and welfare.
    Attorney,
    KeySafe,
    LoneWorker,
    Oxygen,
    Dog,
    Hoarding,
    Infection,
    Falls,
    Safeguarding,
    Bariatric,
    Adjustment,
    SocialCare,
    MentalHealth,
    Ambulance,
    Admission,
    /// PDS S-flag: no address, telephone or practice is sent.
    Protected,
    /// Died, and the death is registered.
    DiedFormal,
    /// Reported dead, not confirmed.
    DiedInformal,
    LongName,
    Diacritics,
    Apostrophe,
    /// Only the year of birth is known.
    YearOfBirthOnly,
    /// Twin of the person before them.
    TwinOfPrevious,
    /// Same surname as the person before them and a similar given name, and no relation.
    NamesakeOfPrevious,
    /// Asked about allergies: none.
    NoKnownAllergy,
    AllergiesNotAsked,
    AllergiesEmpty,
    AllergiesUnavailable,
    AllergiesWithheld,
    /// The practice says "none known", the hospital states an allergy.
    AllergyConflict,
    /// The practice and the hospital write different doses of the same medicine.
    DoseDiffers,
    CorrectedResult,
    EnteredInError,
    /// The record is moving between practices.
    InTransit,
    ConfidentialItems,
}

/// One of the first people.
#[derive(Debug)]
pub struct Role {
    pub age: i32,
    pub female: bool,
    pub conditions: &'static [&'static Condition],
    pub traits: &'static [Trait],
}

const fn role(age: i32, female: bool, conditions: &'static [&'static Condition], traits: &'static [Trait]) -> Role {
    Role { age, female, conditions, traits }
}

use Trait::*;

/// In the order of their numbers. Numbers 3, 11 and 19 live in care homes.
pub static CAST: &[Role] = &[
    role(
        84,
        true,
        &[&c::HEART_FAILURE, &c::ATRIAL_FIBRILLATION, &c::KIDNEY_DISEASE, &c::LEG_ULCER],
        &[KeySafe, DoseDiffers, SocialCare, Admission, Attorney, Falls],
    ),
    role(
        79,
        false,
        &[&c::COPD, &c::HYPERTENSION, &c::DEPRESSION],
        &[Oxygen, Dog, Ambulance, NoKnownAllergy, Admission],
    ),
    role(
        91,
        true,
        &[&c::LUNG_CANCER, &c::FRAILTY, &c::OSTEOARTHRITIS],
        &[EndOfLife, Attorney, KeySafe, SocialCare, Admission],
    ),
    role(
        88,
        true,
        &[&c::DEMENTIA, &c::OSTEOPOROSIS, &c::FRAILTY, &c::PRESSURE_ULCER],
        &[EndOfLife, Attorney, Falls, SocialCare, Adjustment],
    ),
    role(67, false, &[&c::DIABETES, &c::HYPERTENSION, &c::LEG_ULCER, &c::GOUT], &[CorrectedResult, Bariatric]),
    role(73, true, &[&c::ARTHRITIS, &c::DEPRESSION, &c::REFLUX], &[AllergiesNotAsked, EnteredInError, MentalHealth]),
    role(81, false, &[&c::PARKINSONS, &c::STROKE], &[Falls, SocialCare, LoneWorker, Ambulance]),
    role(76, true, &[&c::DIABETES, &c::KIDNEY_DISEASE, &c::ANAEMIA], &[Diacritics, AllergiesEmpty, Admission]),
    role(69, true, &[&c::ASTHMA, &c::HYPOTHYROID, &c::LEG_ULCER], &[]),
    role(69, true, &[&c::HYPERTENSION, &c::OSTEOARTHRITIS, &c::DIABETES], &[TwinOfPrevious, AllergiesUnavailable]),
    role(
        94,
        true,
        &[&c::FRAILTY, &c::HEART_FAILURE, &c::DEAFNESS],
        &[YearOfBirthOnly, AdvanceDecision, EndOfLife, Adjustment],
    ),
    role(86, false, &[&c::DEMENTIA, &c::PROSTATE_CANCER, &c::HYPERTENSION], &[Attorney, Falls, AllergyConflict]),
    role(
        58,
        true,
        &[&c::SCHIZOPHRENIA, &c::DIABETES, &c::COPD],
        &[MentalHealth, LoneWorker, Hoarding, ConfidentialItems, SocialCare],
    ),
    role(
        34,
        false,
        &[&c::EPILEPSY, &c::LEARNING_DISABILITY, &c::AUTISM],
        &[Adjustment, SocialCare, Attorney, Ambulance],
    ),
    role(78, true, &[&c::HEART_DISEASE, &c::HYPERTENSION, &c::OSTEOARTHRITIS], &[Admission]),
    role(80, true, &[&c::COPD, &c::OSTEOPOROSIS], &[NamesakeOfPrevious, Oxygen, AllergiesWithheld]),
    role(45, true, &[&c::DEPRESSION, &c::ASTHMA, &c::LEG_ULCER], &[Protected, Safeguarding, MentalHealth]),
    role(
        72,
        false,
        &[&c::STROKE, &c::ATRIAL_FIBRILLATION, &c::DIABETES],
        &[LongName, Admission, SocialCare, Infection],
    ),
    role(85, false, &[&c::HEART_FAILURE, &c::KIDNEY_DISEASE, &c::FRAILTY], &[DiedInformal, EndOfLife, Admission]),
    role(92, true, &[&c::DEMENTIA, &c::HEART_FAILURE, &c::DEAFNESS, &c::FRAILTY], &[EndOfLife, Falls, DoseDiffers]),
    role(64, false, &[&c::LUNG_CANCER, &c::COPD], &[Apostrophe, EndOfLife, AdvanceDecision, KeySafe, Admission]),
    role(77, false, &[&c::DIABETES, &c::HEART_DISEASE, &c::PRESSURE_ULCER], &[InTransit, Bariatric, CorrectedResult]),
    role(83, true, &[&c::OSTEOARTHRITIS, &c::GLAUCOMA, &c::HYPERTENSION], &[Safeguarding, KeySafe, Dog]),
    role(6, false, &[&c::ASTHMA, &c::ECZEMA], &[Admission, Ambulance]),
    role(89, false, &[&c::FRAILTY, &c::HEART_FAILURE, &c::LEG_ULCER], &[DiedFormal, Infection, SocialCare]),
];
