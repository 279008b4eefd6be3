//! Laboratory tests: panels, what each measures, units and adult reference ranges of an invented laboratory. Values are made
//! inside the range unless a condition moves them (`vocab/conditions.rs`).

/// One measured thing. Values and limits are whole numbers with `places` digits after the point; a limit of -1 is not printed.
#[derive(Debug)]
pub struct Analyte {
    pub name: &'static str,
    /// SNOMED CT, or empty.
    pub code: &'static str,
    pub unit: &'static str,
    pub ucum: &'static str,
    pub low: i32,
    pub high: i32,
    pub places: u8,
}

/// What is asked for together.
#[derive(Debug)]
pub struct Panel {
    pub name: &'static str,
    pub code: &'static str,
    pub analytes: &'static [Analyte],
}

const fn analyte(
    name: &'static str,
    code: &'static str,
    unit: &'static str,
    ucum: &'static str,
    (low, high, places): (i32, i32, u8),
) -> Analyte {
    Analyte { name, code, unit, ucum, low, high, places }
}

pub const POTASSIUM: &str = "Serum potassium level";
pub const UREA: &str = "Serum urea level";
pub const CREATININE: &str = "Serum creatinine level";
pub const EGFR: &str = "Estimated glomerular filtration rate";
pub const HAEMOGLOBIN: &str = "Haemoglobin estimation";
pub const WHITE_CELLS: &str = "Total white cell count";
pub const GLYCATED: &str = "Haemoglobin A1c level - IFCC standardised";
pub const CHOLESTEROL: &str = "Serum cholesterol level";
pub const TSH: &str = "Serum TSH level";
pub const BNP: &str = "Serum N-terminal pro B-type natriuretic peptide level";
pub const URATE: &str = "Serum urate level";
pub const CRP_LEVEL: &str = "Serum C reactive protein level";
pub const FERRITIN_LEVEL: &str = "Serum ferritin level";
pub const ALBUMIN: &str = "Serum albumin level";

pub static RENAL: Panel = Panel {
    name: "Urea and electrolytes",
    code: "252167001",
    analytes: &[
        analyte("Serum sodium level", "1000661000000107", "mmol/L", "mmol/L", (133, 146, 0)),
        analyte(POTASSIUM, "1000651000000109", "mmol/L", "mmol/L", (35, 53, 1)),
        analyte(UREA, "1000951000000103", "mmol/L", "mmol/L", (25, 78, 1)),
        analyte(CREATININE, "1000731000000107", "umol/L", "umol/L", (59, 104, 0)),
        analyte(EGFR, "1011481000000105", "mL/min/1.73m2", "mL/min/{1.73_m2}", (60, -1, 0)),
    ],
};
pub static BLOOD_COUNT: Panel = Panel {
    name: "Full blood count",
    code: "26604007",
    analytes: &[
        analyte(HAEMOGLOBIN, "1022431000000105", "g/L", "g/L", (120, 165, 0)),
        analyte(WHITE_CELLS, "1022541000000102", "10*9/L", "10*9/L", (40, 110, 1)),
        analyte("Platelet count", "1022651000000100", "10*9/L", "10*9/L", (150, 400, 0)),
        analyte("Mean corpuscular volume", "", "fL", "fL", (800, 1000, 1)),
        analyte("Neutrophil count", "1022551000000104", "10*9/L", "10*9/L", (200, 750, 2)),
    ],
};
pub static LIVER: Panel = Panel {
    name: "Liver function test",
    code: "997531000000108",
    analytes: &[
        analyte("Serum total bilirubin level", "997591000000109", "umol/L", "umol/L", (3, 20, 0)),
        analyte("Serum alanine aminotransferase level", "1018251000000107", "U/L", "U/L", (8, 40, 0)),
        analyte("Serum alkaline phosphatase level", "1000621000000104", "U/L", "U/L", (30, 130, 0)),
        analyte(ALBUMIN, "1000821000000103", "g/L", "g/L", (35, 50, 0)),
    ],
};
pub static HBA1C: Panel = Panel {
    name: "Haemoglobin A1c measurement",
    code: "43396009",
    analytes: &[analyte(GLYCATED, "999791000000106", "mmol/mol", "mmol/mol", (20, 41, 0))],
};
pub static LIPIDS: Panel = Panel {
    name: "Serum lipids level",
    code: "1005661000000103",
    analytes: &[
        analyte(CHOLESTEROL, "1005671000000105", "mmol/L", "mmol/L", (28, 50, 1)),
        analyte(
            "Serum high density lipoprotein cholesterol level",
            "1005681000000107",
            "mmol/L",
            "mmol/L",
            (100, 250, 2),
        ),
        analyte("Serum triglycerides level", "1005691000000109", "mmol/L", "mmol/L", (50, 170, 2)),
    ],
};
pub static THYROID: Panel = Panel {
    name: "Thyroid function test",
    code: "",
    analytes: &[
        analyte(TSH, "", "mU/L", "m[IU]/L", (27, 420, 2)),
        analyte("Serum free T4 level", "", "pmol/L", "pmol/L", (110, 220, 1)),
    ],
};
pub static HEART_FAILURE: Panel =
    Panel { name: "Natriuretic peptide", code: "", analytes: &[analyte(BNP, "", "ng/L", "ng/L", (20, 400, 0))] };
pub static GOUT: Panel =
    Panel { name: "Urate", code: "", analytes: &[analyte(URATE, "", "umol/L", "umol/L", (200, 430, 0))] };
pub static CRP: Panel = Panel {
    name: "C reactive protein",
    code: "",
    analytes: &[analyte(CRP_LEVEL, "1001371000000100", "mg/L", "mg/L", (0, 5, 0))],
};
pub static HAEMATINICS: Panel = Panel {
    name: "Ferritin and vitamin B12",
    code: "",
    analytes: &[
        analyte(FERRITIN_LEVEL, "993381000000106", "ug/L", "ug/L", (20, 300, 0)),
        analyte("Serum vitamin B12 level", "993391000000108", "ng/L", "ng/L", (200, 900, 0)),
    ],
};
pub static BONE: Panel = Panel {
    name: "Bone profile",
    code: "",
    analytes: &[
        analyte("Serum adjusted calcium concentration", "935051000000108", "mmol/L", "mmol/L", (220, 260, 2)),
        analyte("Serum 25-hydroxyvitamin D level", "", "nmol/L", "nmol/L", (50, 150, 0)),
    ],
};
