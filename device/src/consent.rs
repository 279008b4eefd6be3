//! What a person says about their record, and what is done against or without it: recording a choice, breaking the glass and ending it,
//! claiming a relationship, the programme's pack. Checks what was typed; decides nothing.

use crate::state::Device;
use desk::ask::{
    BreakGlass, ClaimRelationship, EndChoice, EndGlass, GetPack, OpenForReason, ReadyGlass, RecordChoice, Reply,
    SignedForm,
};
use desk::trouble::Field;
use desk::view::{Claimed, GlassReady, Status};
use desk::{Nudge, Trouble};
use record::When;
use record::consent::pack::{LEAST_TEXT, says_why};
use record::consent::{Choice, DecidedBy, OverrideReason};
use vault::key::Pin;
use vault::{BreakGlassTerms, ChartAsked, ChoiceGiven, ClaimGiven, ClaimStanding, NotRecorded};

/// No form is longer (bytes): a photograph of a page at a readable size.
const LONGEST_FORM: usize = 4 << 20;
/// Of a reason, letters: the hub and the officer read it whole.
const LONGEST_NOTE: usize = 2_000;

impl Device {
    pub(crate) fn pack(&self) -> Reply<GetPack> {
        let pack = self.with_vault(|vault| Ok(vault.pack()))?;
        pack.map(|pack| (*pack).clone()).ok_or(Trouble::HubUnreachable)
    }

    /// The programme and the version of its policy.
    pub(crate) fn policy_name(&self) -> String {
        let pack = self.with_vault(|vault| Ok(vault.pack())).ok().flatten();
        pack.map_or_else(String::new, |pack| format!("{}, policy version {}", pack.programme, pack.version))
    }

    pub(crate) fn open_for_reason(&self, asked: &OpenForReason) -> Reply<OpenForReason> {
        let now = self.now();
        let answer = self.with_vault(|vault| vault.chart_for(asked.person, (&asked.reason, asked.wants), now))?;
        self.wake.notify_one();
        self.shown(asked.person, answer)
    }

    pub(crate) fn ready_glass(&self, asked: &ReadyGlass) -> Reply<ReadyGlass> {
        let reason = OverrideReason::from_number(asked.reason);
        let Some(reason) = reason else {
            return Err(input(Field::Reason, "Choose a reason from the list."));
        };
        let now = self.now();
        let staff = self.with_vault(|vault| Ok(vault.actor().staff.clone()))?;
        let secret = self.keystore_secret(&staff)?;
        let what = ChartAsked { person: asked.person, purpose: asked.purpose, wants: record::Sections::ALL };
        // EXPOSE: because the reason goes into the audit, and the PIN is checked.
        let text = asked.text.expose().clone();
        let least = self.with_vault(|vault| Ok(vault.pack().map_or(LEAST_TEXT, |p| p.break_glass.least_text)))?;
        // Before the PIN is tried: a short text must not cost a try.
        if text.trim().chars().count() < least as usize {
            let mend = format!("Enter why you must see this record now, in at least {least} characters.");
            return Err(Trouble::Input { field: Field::Reason, mend });
        }
        let terms = BreakGlassTerms { reason, condition: asked.condition, text, widened: asked.widened };
        // EXPOSE: because the PIN is what is checked.
        let pin = Pin::to_try(asked.pin.expose());
        let until = self.with_vault(|vault| vault.ready_glass(&what, &terms, (&pin, &secret), now))?;
        Ok(GlassReady { until })
    }

    pub(crate) fn break_glass(&self, asked: &BreakGlass) -> Reply<BreakGlass> {
        let (now, fresh) = (self.now(), self.random());
        let answer = self.with_vault(|vault| vault.break_glass(asked.person, fresh, now))?;
        // The privacy officer's alert goes with the next post.
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        self.shown(asked.person, answer)
    }

    pub(crate) fn end_glass(&self) -> Reply<EndGlass> {
        let now = self.now();
        self.with_vault(|vault| vault.end_glass(now))?;
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        self.status()
    }

    pub(crate) fn record_choice(&self, asked: &RecordChoice) -> Reply<RecordChoice> {
        // EXPOSE: because the note is part of what is recorded.
        let note = asked.note.expose().clone();
        let offered = self.with_vault(|vault| Ok(vault.pack().is_none_or(|p| p.options.contains(&asked.choice))))?;
        let mend = match (asked.choice, asked.by) {
            (Choice::None | Choice::Conflict, _) => Some("Choose one of the answers."),
            _ if !offered => Some("Choose one of the answers that this programme offers."),
            (_, DecidedBy::Nobody) => Some("Say who decided."),
            (Choice::Y2, by) if by != DecidedBy::BestInterests && asked.until.is_none() && note.trim().is_empty() => {
                Some("Enter when this choice ends: a date, or what ends it.")
            }
            _ if note.chars().count() > LONGEST_NOTE => Some("Say it in fewer words: 2,000 letters at most."),
            (_, DecidedBy::BestInterests) if !says_why(&note) => {
                Some("Enter why this is in the person's best interests, in at least 10 letters.")
            }
            _ => None,
        };
        if let Some(mend) = mend {
            return Err(input(Field::Until, mend));
        }
        if asked.until.is_some_and(|until| until <= self.now()) {
            return Err(input(Field::Until, "Enter a last day that has not passed."));
        }
        let form = asked.form.as_ref().filter(|_| asked.choice == Choice::N2).map(picture).transpose()?;
        let given = ChoiceGiven {
            person: asked.person,
            choice: asked.choice,
            by: asked.by,
            until: asked.until,
            note,
            form,
            settles: asked.settles.clone(),
        };
        let key = self.fresh_key();
        let (now, fresh) = (self.now(), self.random());
        let done = self.with_vault(|vault| vault.record_choice(&given, (&key, fresh), now))?;
        self.recorded(done)
    }

    pub(crate) fn end_choice(&self, asked: &EndChoice) -> Reply<EndChoice> {
        let key = self.fresh_key();
        let (now, fresh) = (self.now(), self.random());
        let done = self.with_vault(|vault| vault.end_choice(asked.person, (&key, fresh), now))?;
        self.recorded(done)
    }

    /// A name for what is recorded here that nothing else has: the hub takes what comes twice once.
    fn fresh_key(&self) -> String {
        self.random::<16>().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn recorded(&self, done: Result<(), NotRecorded>) -> Result<Status, Trouble> {
        if let Err(why) = done {
            return Err(match why {
                NotRecorded::NotYours(rule) => input(Field::Question, rule.explanation()),
                NotRecorded::NotSettled => input(
                    Field::Settles,
                    "Two choices are recorded. Show the person both, and confirm that this answer settles them.",
                ),
                NotRecorded::Forbidden => input(
                    Field::Question,
                    "The person's own answer stands: a best-interests decision is for when nothing is known of what they want. In an emergency a registered \
                     clinician can break the glass, where the person has not ruled that out.",
                ),
                NotRecorded::FormNeeded => {
                    input(Field::Form, "Add the signed form: a signature drawn here, or a photograph of the form.")
                }
                NotRecorded::NothingEnds => input(
                    Field::Question,
                    "The choice in force does not end with an event. Record what the person chooses now.",
                ),
            });
        }
        // A withdrawal travels before anything else: the next post carries it alone.
        self.wake.notify_one();
        self.nudge(Nudge::Caseload);
        self.status()
    }

    pub(crate) async fn claim(&self, asked: &ClaimRelationship) -> Reply<ClaimRelationship> {
        // EXPOSE: because the reason goes into the audit.
        let why = asked.why.expose().trim().to_owned();
        let whole_date = When::parse(&asked.born).is_some_and(|born| born.date().is_some());
        if why.chars().count() > LONGEST_NOTE {
            return Err(input(Field::Reason, "Say it in fewer words: 2,000 letters at most."));
        }
        if !whole_date || asked.born.len() != 10 {
            return Err(input(Field::Born, "Enter the whole date of birth."));
        }
        if why.chars().count() < LEAST_TEXT as usize {
            return Err(input(
                Field::Reason,
                "Enter how you are involved in this person's care, in at least 10 characters.",
            ));
        }
        let key = self.fresh_key();
        let given = ClaimGiven { number: asked.number, born: asked.born.clone(), why };
        let now = self.now();
        if let Err(rule) = self.with_vault(|vault| vault.claim(&given, &key, now))? {
            return Err(input(Field::Question, rule.explanation()));
        }
        // No network is no fault: the claim waits, and the screen says so.
        let _ = self.sync_now().await;
        let now = self.now();
        let standing = self.with_vault(|vault| vault.claim_standing(&key, now))?;
        Ok(match standing {
            ClaimStanding::Waiting => Claimed::Waiting,
            ClaimStanding::Nobody => Claimed::Nobody,
            ClaimStanding::Found(person) => Claimed::Found(person),
        })
    }
}

fn input(field: Field, mend: &str) -> Trouble {
    Trouble::Input { field, mend: mend.into() }
}

/// The type and the bytes of a form: only what it is by its first bytes, whatever it calls itself.
fn picture(form: &SignedForm) -> Result<(String, Vec<u8>), Trouble> {
    let unfit = || input(Field::Form, "The form must be a picture (PNG or JPEG) of at most 4 MB.");
    // EXPOSE: because the form is kept and sent.
    let text = form.0.expose();
    let (_, base64) =
        text.split_once(";base64,").filter(|(head, _)| head.starts_with("data:image/")).ok_or_else(unfit)?;
    if base64.len() / 4 * 3 > LONGEST_FORM {
        return Err(unfit());
    }
    let bytes = data_encoding::BASE64.decode(base64.as_bytes()).map_err(|_| unfit())?;
    let mime = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        _ => return Err(unfit()),
    };
    Ok((mime.to_owned(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_what_its_bytes_are() {
        let form = |text: &str| picture(&SignedForm(text.to_owned().into()));
        assert_eq!(form("data:image/png;base64,iVBORw0KGgo=").unwrap().0, "image/png");
        assert_eq!(form("data:image/png;base64,/9j/4AAQ").unwrap().0, "image/jpeg", "whatever it calls itself");
        for unfit in [
            "",
            "data:text/html;base64,PGI+",
            "data:image/png;base64,PGI+",
            "data:image/png;base64,!!",
            "data:image/svg+xml,<svg/>",
        ] {
            assert!(form(unfit).is_err(), "{unfit}");
        }
    }
}
