//! One assessment of a wound, by the PRSB wound care standard (`reference/careplan.md` section 5): where it is on the body, what it looks
//! like, signs of infection, what was done. Inputs are kept, an area is reckoned. A pressure ulcer's category never improves: the highest
//! ever stands beside the present one.

use super::act::ActId;
use super::photo::Photos;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// In the order of their numbers in bytes: grows at the end only.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }

            pub fn from_code(code: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

words! {
    /// What sort of wound.
    Sort {
        PressureUlcer = "pressure", "Pressure ulcer";
        LegUlcer = "leg", "Leg ulcer";
        DiabeticFoot = "foot", "Diabetic foot ulcer";
        Surgical = "surgical", "Surgical wound";
        SkinTear = "tear", "Skin tear";
        /// Recorded apart from pressure ulcers (NHS Improvement 2018).
        Moisture = "moisture", "Moisture-associated skin damage";
        Burn = "burn", "Burn or scald";
        Other = "other", "Another wound";
    }
}

words! {
    /// Of a pressure ulcer. The word is category, never grade.
    Category {
        One = "1", "Category 1: intact skin, redness that does not blanch";
        Two = "2", "Category 2: partial thickness, no slough";
        Three = "3", "Category 3: full thickness, no bone, tendon or muscle seen";
        Four = "4", "Category 4: bone, tendon or muscle exposed or felt";
        Unstageable = "unstageable", "Unstageable: base hidden by slough or eschar";
        DeepTissue = "deep", "Suspected deep tissue injury: intact skin, deep red, maroon or purple";
    }
}

words! {
    Bed {
        Epithelial = "epithelial", "Epithelialising";
        Granulating = "granulating", "Granulating";
        Sloughy = "sloughy", "Sloughy";
        Necrotic = "necrotic", "Necrotic";
        Bone = "bone", "Bone or tendon seen";
        Hypergranulating = "hyper", "Overgranulating";
    }
}

words! {
    /// The margin: mandatory in the standard.
    Margin {
        Attached = "attached", "Attached, sloping";
        Rolled = "rolled", "Rolled";
        Undermined = "undermined", "Undermined";
        Macerated = "macerated", "Macerated";
        Healed = "healed", "Closed";
    }
}

words! {
    Exudate {
        None = "none", "None";
        Low = "low", "Low";
        Moderate = "moderate", "Moderate";
        High = "high", "High";
    }
}

words! {
    /// Signs and symptoms of infection: mandatory in the standard, so "none" is said by an empty set that somebody confirmed.
    Infection {
        Redness = "redness", "Spreading redness";
        Heat = "heat", "Heat";
        Swelling = "swelling", "Swelling";
        Pus = "pus", "Pus";
        Odour = "odour", "New odour";
        Pain = "pain", "New or worse pain";
        Fever = "fever", "Fever";
        Stalled = "stalled", "Healing has stopped";
    }
}

/// Which drawing of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Side {
    Front,
    Back,
}

/// A place on the body map: which drawing, and where on it in thousandths of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub side: Side,
    pub x: u16,
    pub y: u16,
}

impl Spot {
    /// The widest that `x` and `y` go.
    pub const EDGE: u16 = 1_000;
}

/// One assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wound {
    /// The first assessment of this wound; `None` in that one itself.
    pub of: Option<ActId>,
    pub spot: Spot,
    /// The anatomical site, in words: mandatory.
    pub site: String,
    pub sort: Sort,
    /// Of a pressure ulcer only.
    pub category: Option<Category>,
    /// It lies under a device: written "(d)".
    pub device_related: bool,
    /// It was there when care began.
    pub on_admission: bool,
    /// Millimetres.
    pub length: Option<u16>,
    pub width: Option<u16>,
    pub depth: Option<u16>,
    pub bed: Vec<Bed>,
    pub margin: Margin,
    /// At most 200 characters.
    pub surrounding: String,
    pub infection: Vec<Infection>,
    pub exudate: Exudate,
    /// 0 to 10, where the person could say.
    pub pain: Option<u8>,
    /// Products and what was done.
    pub treatment: String,
    pub plan: String,
    pub healed: bool,
    /// Not written where there are none: an assessment without photographs is what it always was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photos: Option<Photos>,
}

impl Wound {
    /// The most characters of [`Wound::surrounding`].
    pub const SURROUNDING: usize = 200;

    /// Square millimetres, where both sides were measured.
    pub fn area(&self) -> Option<u32> {
        Some(u32::from(self.length?) * u32::from(self.width?))
    }

    /// What must be there is there, and only what belongs to its sort.
    pub fn is_whole(&self) -> bool {
        let edge = self.spot.x <= Spot::EDGE && self.spot.y <= Spot::EDGE;
        let category = self.category.is_some() == (self.sort == Sort::PressureUlcer);
        let surrounding = self.surrounding.chars().count() <= Wound::SURROUNDING;
        let pain = self.pain.is_none_or(|pain| pain <= 10);
        let photos = self.photos.as_ref().is_none_or(Photos::is_whole);
        edge && category && surrounding && pain && photos && !self.site.trim().is_empty()
    }
}

/// How deep a category goes, for the highest of several. What cannot be seen or staged counts as deep as can be.
pub const fn depth_of(category: Category) -> u8 {
    match category {
        Category::One => 1,
        Category::Two => 2,
        Category::DeepTissue => 3,
        Category::Three => 4,
        Category::Unstageable => 5,
        Category::Four => 6,
    }
}

/// The highest category an ulcer ever had: "healing category 4", never "now category 2".
pub fn highest(categories: impl IntoIterator<Item = Category>) -> Option<Category> {
    categories.into_iter().max_by_key(|category| depth_of(*category))
}

#[cfg(test)]
pub(super) fn heel() -> Wound {
    Wound {
        of: None,
        spot: Spot { side: Side::Back, x: 430, y: 960 },
        site: "Left heel".into(),
        sort: Sort::PressureUlcer,
        category: Some(Category::Two),
        device_related: false,
        on_admission: true,
        length: Some(30),
        width: Some(20),
        depth: None,
        bed: vec![Bed::Granulating],
        margin: Margin::Attached,
        surrounding: "Dry".into(),
        infection: vec![],
        exudate: Exudate::Low,
        pain: Some(3),
        treatment: "Foam dressing".into(),
        plan: "Offload, see in three days".into(),
        healed: false,
        photos: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_never_improves() {
        assert_eq!(highest([Category::Four, Category::Two, Category::One]), Some(Category::Four));
        assert_eq!(highest([Category::Two, Category::DeepTissue]), Some(Category::DeepTissue));
        assert_eq!(highest([]), None);
    }

    #[test]
    fn an_assessment_has_its_site_and_a_category_only_where_one_belongs() {
        assert!(heel().is_whole());
        assert_eq!(heel().area(), Some(600));
        for broken in [
            Wound { site: " ".into(), ..heel() },
            Wound { category: None, ..heel() },
            Wound { sort: Sort::Moisture, ..heel() },
            Wound { pain: Some(11), ..heel() },
            Wound { surrounding: "x".repeat(201), ..heel() },
            Wound { spot: Spot { side: Side::Front, x: 1_001, y: 0 }, ..heel() },
        ] {
            assert!(!broken.is_whole(), "{broken:?}");
        }
        assert!(Wound { sort: Sort::Moisture, category: None, ..heel() }.is_whole());
    }
}
