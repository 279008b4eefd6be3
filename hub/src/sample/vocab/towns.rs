//! Places of Wessmoor, a county that does not exist. Postcodes use the area ZZ, which was never given out.

/// Towns, the larger ones first. The position gives the postcode district: `ZZ1`, `ZZ2` …
pub const TOWNS: &[&str] = &[
    "Marlbeck",
    "Ostrey",
    "Fennhithe",
    "Gorsebury",
    "Ravelstoke",
    "Quillmouth",
    "Hexwater",
    "Pellingford",
    "Brackmere",
    "Saltrey",
    "Oxenwell",
    "Dunmarrow",
    "Wyverhope",
    "Kelderby",
    "Tollenham",
    "Umberwick",
    "Hallowby",
    "Crakeford",
    "Pennisward",
    "Redlathe",
    "Stanniford",
];

/// First parts of street names.
pub const STREETS: &[&str] = &[
    "Mill",
    "Church",
    "Station",
    "Orchard",
    "Quarry",
    "Chapel",
    "Meadow",
    "Weavers",
    "Tanyard",
    "Foundry",
    "Larkspur",
    "Heron",
    "Bramble",
    "Priory",
    "Sheepwash",
    "Copper Beech",
    "Saltmarsh",
    "Ropewalk",
    "Windmill",
    "Old School",
    "Hawthorn",
    "Pump",
    "Lime Kiln",
    "Fuller's",
    "Barley",
    "Cooper's",
];

/// Second parts of street names.
pub const WAYS: &[&str] = &["Lane", "Road", "Street", "Close", "Avenue", "Way", "Rise", "Gardens", "Court", "Drive"];

/// Names of houses that have no number.
pub const HOUSES: &[&str] = &["Rose Cottage", "The Old Forge", "Upper Barn", "Lower Farm", "Mill House", "Gatehouse"];

/// How practices are named after their town.
pub const PRACTICES: &[&str] = &["Surgery", "Health Centre", "Medical Practice", "Riverside Surgery"];

/// Names of care homes.
pub const HOMES: &[&str] = &[
    "Willowmead",
    "Alderbrook House",
    "The Larches",
    "Fernlea Court",
    "Haven Lodge",
    "Primrose Hill House",
    "Abbotsgate",
    "Kingfisher Lodge",
    "Beechcroft",
    "Saint Hild's",
    "Moorview",
    "Lavender Court",
];
