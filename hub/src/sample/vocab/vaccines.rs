//! Vaccinations: what is given at which age, the procedure's code where it was checked, and the disease.

/// One vaccine as it is recorded.
#[derive(Debug)]
pub struct Vaccine {
    pub name: &'static str,
    /// dm+d product and its words, or empty.
    pub product: (&'static str, &'static str),
    /// SNOMED CT code of the procedure and its words, or empty.
    pub procedure: (&'static str, &'static str),
    pub disease: &'static str,
    pub maker: &'static str,
}

const NONE: (&str, &str) = ("", "");

pub static FLU: Vaccine = Vaccine {
    name: "Influenza vaccine, adjuvanted, 0.5ml",
    product: NONE,
    procedure: ("822851000000102", "Seasonal influenza vaccination"),
    disease: "Influenza",
    maker: "Seqirus",
};
pub static COVID_FIRST: Vaccine = Vaccine {
    name: "COVID-19 mRNA vaccine, first dose",
    product: (
        "39115611000001103",
        "Comirnaty COVID-19 mRNA Vaccine 30micrograms/0.3ml dose concentrate for dispersion for injection multidose vials (Pfizer Ltd)",
    ),
    procedure: (
        "1324681000000101",
        "Administration of first dose of severe acute respiratory syndrome coronavirus 2 vaccine (procedure)",
    ),
    disease: "COVID-19",
    maker: "Pfizer",
};
pub static COVID_BOOSTER: Vaccine = Vaccine {
    name: "COVID-19 mRNA vaccine, seasonal booster",
    product: NONE,
    procedure: NONE,
    disease: "COVID-19",
    maker: "Pfizer",
};
pub static PNEUMOCOCCAL: Vaccine = Vaccine {
    name: "Pneumococcal polysaccharide vaccine 0.5ml",
    product: NONE,
    procedure: NONE,
    disease: "Pneumococcal disease",
    maker: "Merck Sharp & Dohme",
};
pub static SHINGLES: Vaccine = Vaccine {
    name: "Shingles vaccine, recombinant, 0.5ml",
    product: NONE,
    procedure: NONE,
    disease: "Shingles",
    maker: "GlaxoSmithKline",
};
pub static TETANUS: Vaccine = Vaccine {
    name: "Diphtheria, tetanus and polio vaccine, low dose, booster",
    product: NONE,
    procedure: NONE,
    disease: "Tetanus",
    maker: "Sanofi",
};

const fn childhood(name: &'static str, disease: &'static str) -> Vaccine {
    Vaccine { name, product: NONE, procedure: NONE, disease, maker: "GlaxoSmithKline" }
}

/// The childhood schedule: weeks of age, and the vaccine.
pub static CHILDHOOD: &[(i32, Vaccine)] = &[
    (8, childhood("6-in-1 vaccine, first dose", "Diphtheria, tetanus, pertussis, polio, Hib and hepatitis B")),
    (8, childhood("Meningococcal group B vaccine, first dose", "Meningitis B")),
    (8, childhood("Rotavirus vaccine, first dose", "Rotavirus")),
    (12, childhood("6-in-1 vaccine, second dose", "Diphtheria, tetanus, pertussis, polio, Hib and hepatitis B")),
    (12, childhood("Pneumococcal conjugate vaccine, first dose", "Pneumococcal disease")),
    (12, childhood("Rotavirus vaccine, second dose", "Rotavirus")),
    (16, childhood("6-in-1 vaccine, third dose", "Diphtheria, tetanus, pertussis, polio, Hib and hepatitis B")),
    (16, childhood("Meningococcal group B vaccine, second dose", "Meningitis B")),
    (53, childhood("Measles, mumps and rubella vaccine, first dose", "Measles, mumps and rubella")),
    (53, childhood("Hib and meningococcal group C vaccine", "Hib and meningitis C")),
    (53, childhood("Meningococcal group B vaccine, booster", "Meningitis B")),
    (176, childhood("Measles, mumps and rubella vaccine, second dose", "Measles, mumps and rubella")),
    (176, childhood("4-in-1 pre-school booster", "Diphtheria, tetanus, pertussis and polio")),
    (640, childhood("Human papillomavirus vaccine", "Human papillomavirus")),
    (740, childhood("Meningococcal groups A, C, W and Y vaccine", "Meningitis A, C, W and Y")),
];
