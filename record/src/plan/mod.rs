//! A shared care plan: what it holds, what may be asked to change in it, and when two voices disagree. The replicated document behind
//! it is `sync::replica`; here are only nouns and rules, pure. The shape is the PRSB Personalised care and support plan v2.0, About Me
//! v2.01, the plan part of Palliative and end of life care v1.1 and the ReSPECT form (`reference/careplan.md` sections 1 to 4).
//!
//! Modules bottom-up; none names one below it in this list:
pub mod shape;

pub mod values;

pub mod decision;

mod fields;

pub mod view;

pub mod edit;

pub mod said;

pub mod history;

pub mod sign;

pub mod told;

pub use decision::{Author, Claim, ClaimValue, Held, Topic};
pub use edit::{Edit, EditFault, Ending};
pub use history::{Line, What};
pub use said::Decided;
pub use shape::{Field, Form, Kind, NodeId, Place};
pub use sign::{Paper, Signature, SignedPaper};
pub use told::Told;
pub use view::{Content, Ended, Heads, Node, Plan, Register, Said};
