//! Everything the screen may ask, and hear. The wasm screen and the native device both name these types and neither depends on
//! the other. Identity is never asked of the screen: a question says subject, purpose and what is wanted; the device adds who.
//!
//! Not here: rules (that is `record`), how a question is answered (that is `device::answer`), pixels (that is `ui`).
pub mod trouble;

pub mod view;

pub mod plan;

pub mod bag;
pub mod ready;

pub mod visit;

pub mod ask;

pub mod read;

pub use ask::{Ask, Question};
pub use trouble::{Nudge, Trouble};
