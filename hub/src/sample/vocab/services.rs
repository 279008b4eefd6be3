//! Everything else with a name: allergies, operations, alerts, adjustments, equipment and packages of care.

use crate::sample::fhir::{Term, term};

/// An allergy: what to, the reaction, how bad.
#[derive(Debug)]
pub struct Allergen {
    pub agent: Term,
    pub category: &'static str,
    pub reaction: Term,
    pub severity: &'static str,
    pub criticality: &'static str,
}

const fn allergen(
    agent: Term,
    category: &'static str,
    reaction: Term,
    severity: &'static str,
    criticality: &'static str,
) -> Allergen {
    Allergen { agent, category, reaction, severity, criticality }
}

pub static ALLERGENS: &[Allergen] = &[
    allergen(
        term("Allergy to penicillin", "91936005"),
        "medication",
        term("Urticaria", "64305001"),
        "moderate",
        "high",
    ),
    allergen(
        term("Allergy to penicillin", "91936005"),
        "medication",
        term("Anaphylaxis", "39579001"),
        "severe",
        "high",
    ),
    allergen(term("Allergy to aspirin", "293586001"), "medication", term("Wheezing", "56018004"), "severe", "high"),
    allergen(term("Allergy to latex", "300916003"), "environment", term("Itching of skin", "418290006"), "mild", "low"),
    allergen(term("Allergy to peanut", "91935009"), "food", term("Anaphylaxis", "39579001"), "severe", "high"),
    allergen(term("Allergy to edible egg", "91930004"), "food", term("Vomiting", "422400008"), "moderate", "low"),
    allergen(
        term("Trimethoprim adverse reaction", "292939004"),
        "medication",
        term("Eruption of skin", "271807003"),
        "mild",
        "low",
    ),
    allergen(term("Codeine: very sick and confused", ""), "medication", term("Nausea", "422587007"), "moderate", "low"),
    allergen(term("Elastoplast / sticking plasters", ""), "environment", term("Blistering rash", ""), "mild", "low"),
    allergen(term("Statins", ""), "medication", term("Muscle pains", ""), "moderate", "unable-to-assess"),
];

/// Operations and investigations: from what age, the term, the hospital's words.
pub static PROCEDURES: &[(i32, Term)] = &[
    (5, term("Appendicectomy", "80146002")),
    (55, term("Total knee replacement", "609588000")),
    (55, term("Total replacement of hip", "52734007")),
    (60, term("Cataract extraction with insertion of intraocular lens", "110473004")),
    (50, term("Colonoscopy", "73761001")),
    (45, term("Transthoracic echocardiography", "433236007")),
    (30, term("Laparoscopic cholecystectomy", "")),
    (60, term("Insertion of pacemaker", "")),
    (3, term("Insertion of grommets", "")),
    (25, term("Repair of inguinal hernia", "")),
    (40, term("Spirometry", "127783003")),
];

/// Radiology: the examination and two reports, unremarkable and not.
pub static IMAGING: &[(Term, &str, &str)] = &[
    (
        term("Plain chest X-ray", "399208008"),
        "Heart size normal. Lungs clear. No pleural effusion. No focal bony abnormality.",
        "Cardiomegaly with upper lobe blood diversion and small bilateral pleural effusions, in keeping with heart failure. No focal consolidation.",
    ),
    (
        term("Pelvis X-ray", "268425006"),
        "No fracture seen. Moderate degenerative change of both hips.",
        "Displaced intracapsular fracture of the left neck of femur. Orthopaedic team informed.",
    ),
    (
        term("Knee X-ray", "74016001"),
        "Mild loss of medial joint space. No effusion.",
        "Severe tricompartmental osteoarthritis with osteophytes and subchondral sclerosis.",
    ),
    (
        term("Computed tomography of head", "303653007"),
        "No acute intracranial haemorrhage or infarct. Age-related involutional change.",
        "Established infarct in the right middle cerebral artery territory. Small vessel disease. No haemorrhage.",
    ),
    (
        term("Dual energy X-ray absorptiometry of hip and spine", ""),
        "T-score -1.4 at the hip: osteopenia.",
        "T-score -3.1 at the hip and -2.8 at the spine: osteoporosis. Treatment advised.",
    ),
];

/// Reasons for an ordinary consultation and what was written, by age: children, adults.
pub static CHILD_VISITS: &[(&str, &str)] = &[
    ("Earache", "Red right drum, no discharge. Well hydrated. Paracetamol, safety-netting given to parent."),
    ("Viral rash", "Blanching rash, afebrile now, playing. Reassured. Return if worse or not drinking."),
    ("Cough", "Barking cough overnight. No stridor at rest. Single dose of dexamethasone given."),
    ("Health visitor review", "Development as expected. Weight follows the 50th centile. No concerns at home."),
    ("Tummy ache", "Soft abdomen, no guarding. Constipation likely. Fluids and fibre, macrogol if no better."),
];
pub static ADULT_VISITS: &[(&str, &str)] = &[
    ("Low back pain", "Three weeks, no red flags. Straight leg raise normal. Keep moving, analgesia, physio leaflet."),
    ("Sore throat", "Four days. Tonsils red, no exudate, no fever. FeverPAIN 1: no antibiotics today."),
    (
        "Medication review",
        "All repeats reviewed with patient. Understands each. Bloods due. Reauthorised for 12 months.",
    ),
    ("Fatigue", "Tired all the time, sleeping badly. Examination normal. Bloods requested, review with results."),
    ("Blood pressure check", "Sitting reading taken twice. Home diary reviewed. No change of treatment."),
    ("Skin lesion", "Seborrhoeic keratosis on the back, no worrying features. Reassured, photograph taken."),
    ("Dizziness", "Lying and standing pressure taken; drop of 18 mmHg. Tablets reviewed. Advised to rise slowly."),
    ("Dressing of wound", "Wound clean, granulating. Redressed. Next dressing in three days."),
    ("Telephone consultation", "Discussed results. All explained. Patient content with plan."),
    ("Influenza vaccination", "Consent obtained. Given in left arm. No immediate reaction."),
    ("Cough", "Productive cough for a week. Chest clear. Advice, rest and fluids. Ring if breathless."),
    ("Ear wax", "Both canals blocked. Olive oil drops, self-irrigation advice."),
];

/// Reasons for an ambulance, with what the crew wrote.
pub static CALLS: &[(&str, &str)] = &[
    (
        "Fall, no injury",
        "Found on bedroom floor after slipping from bed. No head injury, not on the floor for more than one hour. Lifted with cushion. Observations normal. Referred to falls team, left at home with family.",
    ),
    (
        "Breathing difficulty",
        "Short of breath since the evening, speaking in sentences. Widespread wheeze. Nebulisers with good effect. Conveyed to the emergency department.",
    ),
    (
        "Chest pain",
        "Central chest tightness for 40 minutes, eased before arrival. 12-lead ECG: no acute change. Aspirin given unless allergic. Conveyed.",
    ),
    (
        "Confusion, possible infection",
        "More muddled than usual for two days per carer, passing urine often. Warm, flushed. GP contacted and will review today. Left at home.",
    ),
];

/// Local alerts: category, words, how urgent. The key-safe number itself is never in an alert.
pub struct Alert {
    pub category: &'static str,
    pub term: Term,
    pub priority: &'static str,
}

pub static KEY_SAFE: Alert = Alert {
    category: "Access",
    term: term("Key safe at the property: ask the service for the code", ""),
    priority: "low",
};
pub static LONE_WORKER: Alert = Alert {
    category: "Lone worker risk",
    term: term("Visit in pairs: threats to staff by a visitor", ""),
    priority: "high",
};
pub static OXYGEN: Alert =
    Alert { category: "Oxygen in home", term: term("Home oxygen in use: no naked flames", ""), priority: "high" };
pub static DOG: Alert = Alert {
    category: "Dog",
    term: term("Large dog in the house: ring first so that it can be shut away", ""),
    priority: "medium",
};
pub static HOARDING: Alert = Alert {
    category: "Environment",
    term: term("Hoarding: hallway partly blocked, clutter rating 6", ""),
    priority: "medium",
};
pub static INFECTION: Alert = Alert {
    category: "Infection",
    term: term("MRSA carrier: standard precautions, gloves and apron", ""),
    priority: "medium",
};
pub static FALLS: Alert = Alert { category: "Falls", term: term("High risk of falls", ""), priority: "medium" };
pub static SAFEGUARDING: Alert = Alert {
    category: "Safeguarding",
    term: term("Adult safeguarding enquiry open: possible financial abuse. Speak to the person alone", ""),
    priority: "high",
};
pub static BARIATRIC: Alert = Alert {
    category: "Moving and handling",
    term: term("Bariatric equipment needed; two members of staff", ""),
    priority: "medium",
};

/// Reasonable adjustments: the national category, and what to do.
pub static ADJUSTMENTS: &[(&str, &str, &str)] = &[
    ("communication-support", "Communication support", "Speak slowly, face to face; hearing aids both sides"),
    (
        "requires-specific-information-format",
        "Requires specific information format",
        "Letters in easy read, large print 18 point",
    ),
    (
        "adjustments-in-relation-to-the-environment-of-care",
        "Adjustments in relation to the environment of care",
        "Quiet waiting area; first appointment of the day",
    ),
    (
        "adjustments-for-individual-care-requirements",
        "Adjustments for individual care requirements",
        "Support worker to be present; allow a double appointment",
    ),
    (
        "requires-specific-contact-method",
        "Requires specific contact method",
        "Text message only; does not answer the telephone",
    ),
];

/// Packages of social care: what, how often, by whom.
pub static PACKAGES: &[(&str, &str, &str)] = &[
    ("Domiciliary care", "Four calls a day, two carers, 45 minutes", "Brightside Home Care (Wessmoor)"),
    ("Domiciliary care", "Two calls a day, one carer, 30 minutes", "Harbour Care at Home"),
    ("Reablement", "Daily for six weeks", "Council reablement team"),
    ("Day opportunities", "Tuesday and Thursday, transport included", "The Lanterns Day Centre"),
    ("Meals at home", "Hot meal seven days a week", "Wessmoor Community Meals"),
];

/// Equipment on loan.
pub static EQUIPMENT: &[&str] = &[
    "Profiling bed with pressure-relieving mattress",
    "Commode",
    "Raised toilet seat and frame",
    "Pendant alarm",
    "Hoist and sling (medium)",
];
