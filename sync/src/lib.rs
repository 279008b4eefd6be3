//! What two ends say to each other: letters, their bytes, the frames they carry, the pure state machine that decides when to speak,
//! and the replicated care plan.
//!
//! Pure: no socket, no file, no clock, no randomness, no async. `device` does not list this crate, so it carries letters it cannot
//! open; the vault opens them. One round between a device and its hub:
//!
//! ```text
//! device  Post      who I am; my cursor; the audit since your last receipt; choices recorded and plans changed here   (signed by the person's key)
//! hub     Receipt   your audit is held through n; proof that it is, and that my log has only grown     (signed by the hub)
//! hub     Notice    your chain broke: go on in a new epoch; or: I was restored from an older copy      (signed by the hub)
//! hub     Behind    I hold less of your chain, or of my own log, than you have proof of
//! hub     Owed      this much is to come: how many letters, how many bytes, of whom
//! hub     PlansHeld your changes of plans are held through n of each                              (signed by the hub)
//! hub     Plans     what changed in plans you carry, all of a round folded together
//! hub     ActsHeld  these acts of yours, done at visits, are held                                  (signed by the hub)
//! hub     Acts      what others did at visits of people you carry
//! hub     PhotosHeld photographs are held whole; PhotoStands says how much of the others is there    (signed by the hub)
//! hub     Photo     a piece of a photograph that somebody here wants to see
//! hub     Drafts    what you were writing on a device of yours that is no more; what you finished elsewhere
//! hub     Person …  somebody new on your caseload: rules and frames, whole
//! hub     Own       of somebody whose record may not be carried: what your own organisation wrote, and only that
//! hub     Changed … what changed of somebody you carry: only that
//! hub     Removed … purge this person
//! hub     End       your cursor is now c; it is h o'clock; every consent above is checked             (signed by the hub)
//! ```
//!
//! If the answer is cut anywhere, every whole letter before the cut counts and the next Post resumes after it.
pub mod frame;

pub mod lease;
pub mod witness;

pub mod letter;

pub mod plans;

pub mod seen;

pub mod line;

pub mod bag;

pub mod visits;

pub mod photos;

pub mod drafts;

pub mod owed;

pub mod own;

pub mod wire;

pub mod outbox;

pub mod carry;

pub mod session;

pub mod replica;
