//! Medicines as British prescribers write them: name of the product, dm+d code where it was checked (otherwise text, as many
//! feeds send it), instruction and structured dose. Not a formulary and not advice.

/// How a medicine is given (SNOMED CT code and words).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(pub &'static str, pub &'static str);

pub const ORAL: Route = Route("26643006", "Oral");
pub const INHALED: Route = Route("447694001", "Respiratory tract");
pub const SUBCUTANEOUS: Route = Route("34206005", "Subcutaneous");
pub const SKIN: Route = Route("6064005", "Topical");
pub const EYE: Route = Route("54485002", "Ophthalmic");

/// One product with its usual instruction.
#[derive(Debug)]
pub struct Drug {
    pub name: &'static str,
    /// dm+d virtual product, or empty.
    pub code: &'static str,
    pub instruction: &'static str,
    /// What one dose is: amount and unit, and how many times in how many of which period (`d`, `wk`).
    pub dose: (i32, &'static str),
    pub times: (u8, u8, &'static str),
    pub route: Route,
    /// What one issue supplies.
    pub supply: (u16, &'static str),
    pub as_needed: bool,
}

impl Drug {
    const fn when_needed(self) -> Drug {
        Drug { as_needed: true, ..self }
    }

    const fn by(self, route: Route) -> Drug {
        Drug { route, ..self }
    }

    const fn weekly(self) -> Drug {
        Drug { times: (1, 1, "wk"), ..self }
    }
}

const fn drug(
    name: &'static str,
    code: &'static str,
    instruction: &'static str,
    dose: (i32, &'static str),
    times_a_day: u8,
    supply: (u16, &'static str),
) -> Drug {
    Drug { name, code, instruction, dose, times: (times_a_day, 1, "d"), route: ORAL, supply, as_needed: false }
}

const T: &str = "tablet";
const C: &str = "capsule";

pub static METFORMIN: Drug =
    drug("Metformin 500mg tablets", "325278007", "Take ONE tablet TWICE a day with meals", (1, T), 2, (56, T));
pub static GLARGINE: Drug = drug(
    "Insulin glargine 100units/ml solution for injection 3ml pre-filled disposable devices",
    "38897011000001107",
    "Inject 18 units under the skin ONCE a day at the same time. Rotate the site",
    (18, "unit"),
    1,
    (5, "pre-filled disposable injection"),
)
.by(SUBCUTANEOUS);
pub static AMLODIPINE: Drug =
    drug("Amlodipine 5mg tablets", "319283006", "Take ONE tablet each day", (1, T), 1, (28, T));
pub static AMLODIPINE_10: Drug =
    drug("Amlodipine 10mg tablets", "39731911000001109", "Take ONE tablet each day", (1, T), 1, (28, T));
pub static RAMIPRIL: Drug = drug("Ramipril 5mg capsules", "", "Take ONE capsule each day", (1, C), 1, (28, C));
pub static RAMIPRIL_10: Drug =
    drug("Ramipril 10mg capsules", "318906001", "Take ONE capsule each day", (1, C), 1, (28, C));
pub static FUROSEMIDE: Drug =
    drug("Furosemide 40mg tablets", "317972000", "Take ONE tablet each morning", (1, T), 1, (28, T));
pub static BISOPROLOL: Drug = drug("Bisoprolol 2.5mg tablets", "", "Take ONE tablet each morning", (1, T), 1, (28, T));
pub static SPIRONOLACTONE: Drug =
    drug("Spironolactone 25mg tablets", "", "Take ONE tablet each morning with food", (1, T), 1, (28, T));
pub static APIXABAN: Drug = drug(
    "Apixaban 5mg tablets",
    "42206511000001102",
    "Take ONE tablet TWICE a day. Do not stop without medical advice",
    (1, T),
    2,
    (56, T),
);
pub static ATORVASTATIN: Drug = drug("Atorvastatin 20mg tablets", "", "Take ONE tablet at night", (1, T), 1, (28, T));
pub static ASPIRIN: Drug = drug(
    "Aspirin 75mg dispersible tablets",
    "319773006",
    "Dissolve ONE tablet in water and take each morning",
    (1, T),
    1,
    (28, T),
);
pub static CLOPIDOGREL: Drug =
    drug("Clopidogrel 75mg tablets", "39689111000001106", "Take ONE tablet each day", (1, T), 1, (28, T));
pub static SALBUTAMOL: Drug = drug(
    "Salbutamol 100micrograms/dose inhaler CFC free",
    "39113611000001102",
    "Inhale ONE or TWO puffs when needed, up to FOUR times a day",
    (2, "puff"),
    4,
    (200, "dose"),
)
.by(INHALED)
.when_needed();
pub static TIOTROPIUM: Drug = drug(
    "Tiotropium bromide 18microgram inhalation powder capsules",
    "",
    "Inhale the contents of ONE capsule each day using the device supplied",
    (1, C),
    1,
    (30, C),
)
.by(INHALED);
pub static BECLOMETASONE: Drug = drug(
    "Beclometasone 100micrograms/dose inhaler",
    "320537007",
    "Inhale TWO puffs TWICE a day. Rinse mouth after use",
    (2, "puff"),
    2,
    (200, "dose"),
)
.by(INHALED);
pub static DOXYCYCLINE: Drug = drug(
    "Doxycycline 100mg capsules",
    "324059006",
    "Take TWO capsules on the first day, then ONE each day",
    (1, C),
    1,
    (8, C),
);
pub static AMOXICILLIN: Drug = drug(
    "Amoxicillin 500mg capsules",
    "39732411000001106",
    "Take ONE capsule THREE times a day for 5 days",
    (1, C),
    3,
    (15, C),
);
pub static FLUCLOXACILLIN: Drug = drug(
    "Flucloxacillin 500mg capsules",
    "",
    "Take ONE capsule FOUR times a day on an empty stomach for 7 days",
    (1, C),
    4,
    (28, C),
);
pub static TRIMETHOPRIM: Drug =
    drug("Trimethoprim 200mg tablets", "", "Take ONE tablet TWICE a day for 3 days", (1, T), 2, (6, T));
pub static ALENDRONIC: Drug = drug(
    "Alendronic acid 70mg tablets",
    "",
    "Take ONE tablet on the same day each WEEK, on an empty stomach, sitting upright, with a full glass of water",
    (1, T),
    1,
    (4, T),
)
.weekly();
pub static CALCIUM_D: Drug = drug(
    "Calcium carbonate 1.5g / Colecalciferol 400unit chewable tablets",
    "",
    "Chew ONE tablet TWICE a day",
    (1, T),
    2,
    (56, T),
);
pub static DONEPEZIL: Drug = drug("Donepezil 10mg tablets", "", "Take ONE tablet at night", (1, T), 1, (28, T));
pub static LEVOTHYROXINE: Drug = drug(
    "Levothyroxine sodium 100microgram tablets",
    "39697911000001101",
    "Take ONE tablet each morning, at least 30 minutes before breakfast",
    (1, T),
    1,
    (28, T),
);
pub static SERTRALINE: Drug = drug("Sertraline 50mg tablets", "", "Take ONE tablet each morning", (1, T), 1, (28, T));
pub static OLANZAPINE: Drug = drug("Olanzapine 10mg tablets", "", "Take ONE tablet at night", (1, T), 1, (28, T));
pub static CO_CARELDOPA: Drug = drug(
    "Co-careldopa 25mg/100mg tablets",
    "",
    "Take ONE tablet at 07:00, 11:00, 15:00 and 19:00. TIME CRITICAL: do not delay",
    (1, T),
    4,
    (112, T),
);
pub static LAMOTRIGINE: Drug = drug("Lamotrigine 100mg tablets", "", "Take ONE tablet TWICE a day", (1, T), 2, (56, T));
pub static ALLOPURINOL: Drug =
    drug("Allopurinol 100mg tablets", "", "Take ONE tablet each day after food", (1, T), 1, (28, T));
pub static OMEPRAZOLE: Drug =
    drug("Omeprazole 20mg gastro-resistant capsules", "317291008", "Take ONE capsule each morning", (1, C), 1, (28, C));
pub static LANSOPRAZOLE: Drug = drug(
    "Lansoprazole 30mg gastro-resistant capsules",
    "42354611000001108",
    "Take ONE capsule each morning before food",
    (1, C),
    1,
    (28, C),
);
pub static FERROUS: Drug =
    drug("Ferrous sulfate 200mg tablets", "327438003", "Take ONE tablet each day", (1, T), 1, (28, T));
pub static FOLIC: Drug = drug("Folic acid 5mg tablets", "327550006", "Take ONE tablet each day", (1, T), 1, (28, T));
pub static METHOTREXATE: Drug = drug(
    "Methotrexate 2.5mg tablets",
    "",
    "Take SIX tablets (15mg) ONCE a WEEK on the same day. NOT daily",
    (6, T),
    1,
    (24, T),
)
.weekly();
pub static PARACETAMOL: Drug = drug(
    "Paracetamol 500mg tablets",
    "42109611000001109",
    "Take ONE or TWO tablets up to FOUR times a day when needed. No more than 8 in 24 hours",
    (2, T),
    4,
    (100, T),
)
.when_needed();
pub static MORPHINE_MR: Drug = drug(
    "Morphine 10mg modified-release tablets",
    "36126511000001106",
    "Take ONE tablet TWICE a day, 12 hours apart. Swallow whole",
    (1, T),
    2,
    (60, T),
);
pub static SENNA: Drug =
    drug("Senna 7.5mg tablets", "42358311000001108", "Take TWO tablets at night when needed", (2, T), 1, (60, T))
        .when_needed();
pub static MACROGOL: Drug = drug(
    "Macrogol compound oral powder sachets NPF sugar free",
    "",
    "Mix ONE sachet in half a glass of water and take ONCE or TWICE a day",
    (1, "sachet"),
    2,
    (30, "sachet"),
)
.when_needed();
pub static LATANOPROST: Drug =
    drug("Latanoprost 50micrograms/ml eye drops", "", "Put ONE drop in both eyes at night", (1, "drop"), 1, (3, "ml"))
        .by(EYE);
pub static EMOLLIENT: Drug = drug(
    "White soft paraffin 50% / Liquid paraffin 50% ointment",
    "",
    "Apply to dry skin TWICE a day. Fire hazard: keep away from naked flames",
    (1, "application"),
    2,
    (500, "gram"),
)
.by(SKIN);
pub static CETIRIZINE: Drug =
    drug("Cetirizine 10mg tablets", "", "Take ONE tablet each day when needed", (1, T), 1, (30, T)).when_needed();

/// The medicines of a just-in-case box.
pub static ANTICIPATORY: [Drug; 4] = [
    drug(
        "Morphine sulfate 10mg/1ml solution for injection ampoules",
        "",
        "Anticipatory: 2.5mg under the skin for pain or breathlessness, not more often than hourly",
        (1, "ampoule"),
        1,
        (5, "ampoule"),
    )
    .by(SUBCUTANEOUS)
    .when_needed(),
    drug(
        "Midazolam 10mg/2ml solution for injection ampoules",
        "",
        "Anticipatory: 2.5mg under the skin for agitation, not more often than hourly",
        (1, "ampoule"),
        1,
        (5, "ampoule"),
    )
    .by(SUBCUTANEOUS)
    .when_needed(),
    drug(
        "Levomepromazine 25mg/1ml solution for injection ampoules",
        "",
        "Anticipatory: 6.25mg under the skin for nausea, up to every 6 hours",
        (1, "ampoule"),
        1,
        (5, "ampoule"),
    )
    .by(SUBCUTANEOUS)
    .when_needed(),
    drug(
        "Glycopyrronium bromide 200micrograms/1ml solution for injection ampoules",
        "",
        "Anticipatory: 200 micrograms under the skin for secretions, up to every 4 hours",
        (1, "ampoule"),
        1,
        (5, "ampoule"),
    )
    .by(SUBCUTANEOUS)
    .when_needed(),
];

/// Short courses: what they were for, and the medicine.
pub static ACUTES: &[(&str, &Drug)] = &[
    ("Chest infection", &DOXYCYCLINE),
    ("Chest infection", &AMOXICILLIN),
    ("Skin infection", &FLUCLOXACILLIN),
    ("Urinary tract infection", &TRIMETHOPRIM),
    ("Hay fever", &CETIRIZINE),
];
