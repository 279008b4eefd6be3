//! Long-term conditions and what follows from each: medicines, tests, results that move, the service that is asked for help.
//! How common each is, by age, is rough and only meant to look right.

use super::labs::{self, Panel};
use super::medicines::{self as m, Drug};
use crate::sample::fhir::{Term, term};

/// A long-term condition.
#[derive(Debug)]
pub struct Condition {
    pub term: Term,
    /// Of a hundred people: below 18, from 18 to 64, from 65, and among those in community care.
    pub percent: [u8; 4],
    /// Only women (`Some(true)`), only men (`Some(false)`) or anyone.
    pub only: Option<bool>,
    pub drugs: &'static [&'static Drug],
    pub panels: &'static [&'static Panel],
    /// Analyte, and the limits its values move to.
    pub moves: &'static [(&'static str, i32, i32)],
    /// The hospital or community service that is asked for help.
    pub service: &'static str,
    /// What the general practitioner writes at a review.
    pub review: &'static str,
}

const PLAIN: Condition = Condition {
    term: term("", ""),
    percent: [0, 0, 0, 0],
    only: None,
    drugs: &[],
    panels: &[],
    moves: &[],
    service: "",
    review: "Stable. Continue as now and review in twelve months.",
};

pub static DIABETES: Condition = Condition {
    term: term("Type 2 diabetes mellitus", "44054006"),
    percent: [0, 6, 18, 26],
    drugs: &[&m::METFORMIN, &m::ATORVASTATIN],
    panels: &[&labs::HBA1C, &labs::RENAL],
    moves: &[(labs::GLYCATED, 49, 82)],
    service: "Diabetic eye screening",
    review: "Diabetic review. Feet checked, pulses present. Diet discussed. Aim for HbA1c below 58 mmol/mol.",
    ..PLAIN
};
pub static INSULIN_DIABETES: Condition = Condition {
    term: term("Type 1 diabetes mellitus", "46635009"),
    percent: [1, 1, 1, 4],
    drugs: &[&m::GLARGINE],
    panels: &[&labs::HBA1C, &labs::RENAL],
    moves: &[(labs::GLYCATED, 55, 96)],
    service: "Diabetes specialist nurse",
    review: "Insulin technique and injection sites checked. Hypoglycaemia awareness intact.",
    ..PLAIN
};
pub static HYPERTENSION: Condition = Condition {
    term: term("Hypertension", "38341003"),
    percent: [0, 14, 48, 46],
    drugs: &[&m::AMLODIPINE, &m::RAMIPRIL],
    panels: &[&labs::RENAL, &labs::LIPIDS],
    review: "Blood pressure within target at home. Renal function checked.",
    ..PLAIN
};
pub static HEART_FAILURE: Condition = Condition {
    term: term("Heart failure", "84114007"),
    percent: [0, 1, 6, 19],
    drugs: &[&m::FUROSEMIDE, &m::BISOPROLOL, &m::SPIRONOLACTONE],
    panels: &[&labs::HEART_FAILURE, &labs::RENAL],
    moves: &[(labs::BNP, 650, 4800), (labs::UREA, 70, 130), (labs::CREATININE, 90, 150), (labs::EGFR, 35, 62)],
    service: "Heart failure specialist nurse",
    review: "Breathless on one flight of stairs. Ankle swelling to mid-shin. Weigh daily; ring if up 2 kg in 3 days.",
    ..PLAIN
};
pub static ATRIAL_FIBRILLATION: Condition = Condition {
    term: term("Atrial fibrillation", "49436004"),
    percent: [0, 1, 10, 19],
    drugs: &[&m::APIXABAN, &m::BISOPROLOL],
    panels: &[&labs::RENAL, &labs::BLOOD_COUNT],
    service: "Cardiology outpatients",
    review: "Rate controlled. Anticoagulated; no bleeding. Dose checked against weight, age and creatinine.",
    ..PLAIN
};
pub static COPD: Condition = Condition {
    term: term("Chronic obstructive pulmonary disease", "13645005"),
    percent: [0, 2, 9, 22],
    drugs: &[&m::SALBUTAMOL, &m::TIOTROPIUM],
    panels: &[&labs::BLOOD_COUNT],
    service: "Pulmonary rehabilitation",
    review: "MRC breathlessness 3. Two exacerbations this year. Inhaler technique good. Rescue pack at home.",
    ..PLAIN
};
pub static ASTHMA: Condition = Condition {
    term: term("Asthma", "195967001"),
    percent: [10, 10, 8, 8],
    drugs: &[&m::SALBUTAMOL, &m::BECLOMETASONE],
    review: "Asthma review. No night waking. Written action plan updated.",
    ..PLAIN
};
pub static KIDNEY_DISEASE: Condition = Condition {
    term: term("Chronic kidney disease stage 3", "433144002"),
    percent: [0, 1, 14, 28],
    panels: &[&labs::RENAL, &labs::BLOOD_COUNT, &labs::BONE],
    moves: &[(labs::CREATININE, 105, 168), (labs::EGFR, 30, 58), (labs::UREA, 80, 145), (labs::POTASSIUM, 44, 58)],
    review: "Kidney function stable. Sick-day rules given. Avoid anti-inflammatory medicines.",
    ..PLAIN
};
pub static HEART_DISEASE: Condition = Condition {
    term: term("Ischaemic heart disease", "414545008"),
    percent: [0, 2, 12, 13],
    drugs: &[&m::ASPIRIN, &m::ATORVASTATIN, &m::BISOPROLOL],
    panels: &[&labs::LIPIDS],
    service: "Cardiology outpatients",
    ..PLAIN
};
pub static STROKE: Condition = Condition {
    term: term("Stroke", "230690007"),
    percent: [0, 1, 6, 16],
    drugs: &[&m::CLOPIDOGREL, &m::ATORVASTATIN],
    panels: &[&labs::LIPIDS],
    service: "Community stroke rehabilitation",
    review: "Residual left-sided weakness. Transfers with one. Swallow safe on soft diet.",
    ..PLAIN
};
pub static DEMENTIA: Condition = Condition {
    term: term("Alzheimer's disease", "26929004"),
    percent: [0, 0, 5, 22],
    drugs: &[&m::DONEPEZIL],
    service: "Memory clinic",
    review: "Needs prompting with washing and medicines. Family report more confusion in the evening.",
    ..PLAIN
};
pub static PARKINSONS: Condition = Condition {
    term: term("Parkinson's disease", "49049000"),
    percent: [0, 0, 2, 7],
    drugs: &[&m::CO_CARELDOPA, &m::MACROGOL],
    service: "Parkinson's disease nurse specialist",
    review: "Wearing off before the evening dose. One fall. Medicines must be given on time.",
    ..PLAIN
};
pub static OSTEOPOROSIS: Condition = Condition {
    term: term("Osteoporosis", "64859006"),
    percent: [0, 1, 10, 16],
    drugs: &[&m::ALENDRONIC, &m::CALCIUM_D],
    panels: &[&labs::BONE],
    service: "Falls clinic",
    ..PLAIN
};
pub static OSTEOARTHRITIS: Condition = Condition {
    term: term("Osteoarthritis", "396275006"),
    percent: [0, 6, 30, 30],
    drugs: &[&m::PARACETAMOL],
    service: "Physiotherapy",
    review: "Knees stiff in the morning. Walks with one stick indoors, frame outside.",
    ..PLAIN
};
pub static LEG_ULCER: Condition = Condition {
    term: term("Ulcer of lower extremity", "95344007"),
    percent: [0, 0, 1, 28],
    drugs: &[&m::EMOLLIENT],
    panels: &[&labs::BLOOD_COUNT, &labs::CRP],
    moves: &[(labs::CRP_LEVEL, 4, 46), (labs::ALBUMIN, 29, 36)],
    service: "Tissue viability",
    review: "Compression tolerated. Ulcer smaller. District nurses dress twice a week.",
    ..PLAIN
};
pub static PRESSURE_ULCER: Condition = Condition {
    term: term("Pressure ulcer", "399912005"),
    percent: [0, 0, 0, 12],
    panels: &[&labs::BLOOD_COUNT],
    moves: &[(labs::ALBUMIN, 27, 35), (labs::HAEMOGLOBIN, 98, 122)],
    service: "Tissue viability",
    ..PLAIN
};
pub static FRAILTY: Condition =
    Condition { term: term("Frailty", "248279007"), percent: [0, 0, 8, 40], service: "Community matron", ..PLAIN };
pub static HYPOTHYROID: Condition = Condition {
    term: term("Hypothyroidism", "40930008"),
    percent: [0, 3, 7, 9],
    drugs: &[&m::LEVOTHYROXINE],
    panels: &[&labs::THYROID],
    ..PLAIN
};
pub static DEPRESSION: Condition = Condition {
    term: term("Depressive disorder", "35489007"),
    percent: [1, 11, 8, 12],
    drugs: &[&m::SERTRALINE],
    service: "Talking therapies",
    review: "Mood a little better. No thoughts of self-harm. Sleep poor. Review in six weeks.",
    ..PLAIN
};
pub static ANXIETY: Condition =
    Condition { term: term("Anxiety", "48694002"), percent: [2, 9, 4, 5], service: "Talking therapies", ..PLAIN };
pub static SCHIZOPHRENIA: Condition = Condition {
    term: term("Schizophrenia", "58214004"),
    percent: [0, 1, 1, 2],
    drugs: &[&m::OLANZAPINE],
    panels: &[&labs::LIPIDS, &labs::HBA1C],
    service: "Community mental health team",
    review: "Physical health check done. Sees care coordinator monthly.",
    ..PLAIN
};
pub static EPILEPSY: Condition = Condition {
    term: term("Epilepsy", "84757009"),
    percent: [1, 1, 1, 2],
    drugs: &[&m::LAMOTRIGINE],
    service: "Neurology outpatients",
    review: "No seizure for fourteen months. Rescue medicine plan in place.",
    ..PLAIN
};
pub static GOUT: Condition = Condition {
    term: term("Gout", "90560007"),
    percent: [0, 2, 5, 6],
    drugs: &[&m::ALLOPURINOL],
    panels: &[&labs::GOUT],
    moves: &[(labs::URATE, 300, 520)],
    ..PLAIN
};
pub static REFLUX: Condition = Condition {
    term: term("Gastro-oesophageal reflux disease", "235595009"),
    percent: [0, 6, 14, 13],
    drugs: &[&m::OMEPRAZOLE],
    ..PLAIN
};
pub static ANAEMIA: Condition = Condition {
    term: term("Iron deficiency anaemia", "87522002"),
    percent: [0, 3, 4, 10],
    drugs: &[&m::FERROUS],
    panels: &[&labs::BLOOD_COUNT, &labs::HAEMATINICS],
    moves: &[(labs::HAEMOGLOBIN, 82, 118), (labs::FERRITIN_LEVEL, 5, 22)],
    service: "Gastroenterology outpatients",
    ..PLAIN
};
pub static ARTHRITIS: Condition = Condition {
    term: term("Rheumatoid arthritis", "69896004"),
    percent: [0, 1, 2, 3],
    drugs: &[&m::METHOTREXATE, &m::FOLIC],
    panels: &[&labs::BLOOD_COUNT, &labs::LIVER, &labs::CRP],
    moves: &[(labs::CRP_LEVEL, 4, 38)],
    service: "Rheumatology outpatients",
    review: "Shared care for methotrexate: monthly bloods up to date. Advised to ring if feverish.",
    ..PLAIN
};
pub static LUNG_CANCER: Condition = Condition {
    term: term("Non-small cell lung cancer", "254637007"),
    percent: [0, 0, 1, 4],
    drugs: &[&m::MORPHINE_MR, &m::SENNA],
    panels: &[&labs::BLOOD_COUNT, &labs::LIVER, &labs::BONE],
    moves: &[(labs::HAEMOGLOBIN, 92, 118), (labs::ALBUMIN, 26, 34), (labs::WHITE_CELLS, 85, 152)],
    service: "Palliative care",
    review: "Pain better on regular morphine. Bowels managed. Wishes to stay at home.",
    ..PLAIN
};
pub static BREAST_CANCER: Condition = Condition {
    term: term("Malignant neoplasm of breast", "254837009"),
    percent: [0, 1, 3, 3],
    only: Some(true),
    panels: &[&labs::BLOOD_COUNT],
    service: "Breast clinic",
    ..PLAIN
};
pub static PROSTATE_CANCER: Condition = Condition {
    term: term("Malignant tumour of prostate", "399068003"),
    percent: [0, 0, 5, 6],
    only: Some(false),
    panels: &[&labs::BLOOD_COUNT],
    service: "Urology outpatients",
    ..PLAIN
};
pub static GLAUCOMA: Condition = Condition {
    term: term("Glaucoma", "23986001"),
    percent: [0, 1, 5, 8],
    drugs: &[&m::LATANOPROST],
    service: "Eye clinic",
    ..PLAIN
};
pub static ECZEMA: Condition =
    Condition { term: term("Eczema", "43116000"), percent: [12, 5, 4, 5], drugs: &[&m::EMOLLIENT], ..PLAIN };
pub static LEARNING_DISABILITY: Condition = Condition {
    term: term("Learning disability", ""),
    percent: [1, 1, 1, 3],
    service: "Community learning disability team",
    review: "Annual health check done with support worker. Health action plan in easy read.",
    ..PLAIN
};
pub static AUTISM: Condition =
    Condition { term: term("Autism spectrum disorder", "35919005"), percent: [2, 1, 0, 1], ..PLAIN };
pub static DEAFNESS: Condition = Condition {
    term: term("Hearing loss", "15188001"),
    percent: [1, 2, 18, 17],
    service: "Audiology",
    review: "Hearing aids both sides; new batteries. Face the person when speaking.",
    ..PLAIN
};

/// All of them, in the order in which they are drawn.
pub static ALL: &[&Condition] = &[
    &DIABETES,
    &HYPERTENSION,
    &HEART_FAILURE,
    &ATRIAL_FIBRILLATION,
    &COPD,
    &ASTHMA,
    &KIDNEY_DISEASE,
    &HEART_DISEASE,
    &STROKE,
    &DEMENTIA,
    &PARKINSONS,
    &OSTEOPOROSIS,
    &OSTEOARTHRITIS,
    &LEG_ULCER,
    &PRESSURE_ULCER,
    &FRAILTY,
    &HYPOTHYROID,
    &DEPRESSION,
    &ANXIETY,
    &SCHIZOPHRENIA,
    &EPILEPSY,
    &GOUT,
    &REFLUX,
    &ANAEMIA,
    &ARTHRITIS,
    &LUNG_CANCER,
    &BREAST_CANCER,
    &PROSTATE_CANCER,
    &GLAUCOMA,
    &ECZEMA,
    &LEARNING_DISABILITY,
    &AUTISM,
    &DEAFNESS,
    &INSULIN_DIABETES,
];
