//! `satchel-hub bag`: which eRed Bags there are and where, and one given out as a FHIR document, as a pointer to it, or on paper. `list` says
//! no content. `export` and `print` give content, so the person's choice is asked first, and the giving is an act of the hub's own chain.

use super::{BagVerb, Shown, home};
use anyhow::{Context, Result, bail};
use hub::bags;
use hub::store::{Store, audit, bags as rows, people, trust};
use paper::{Place, Print};
use record::audit::{BagAct, BagDeed, Event};
use record::bag::{Bag, BagId};
use record::consent::{Choice, Outcome, Purpose, Rule};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub fn bag(home: &Path, verb: BagVerb) -> Result<Shown> {
    let (_, _, mut store) = home::open(home)?;
    match verb {
        BagVerb::List => list(&mut store),
        BagVerb::Export { bag, pointer } => export(&mut store, &bag, pointer),
        BagVerb::Print { bag, to } => print(&mut store, &bag, &to),
    }
}

fn read(store: &mut Store, id: BagId) -> Result<Option<Bag>> {
    Ok(store.read(|tx| bags::bag(tx, id))?)
}

fn list(store: &mut Store) -> Result<Shown> {
    let all = store.read(rows::all)?;
    let mut lines = Vec::new();
    for (id, person, newest) in all {
        let Some(bag) = read(store, id)? else { continue };
        let states: Vec<&str> = bag.custody.holdings().iter().map(|h| h.state.code()).collect();
        lines.push((id, person, newest, states.join(" / "), states.len() > 1));
    }
    let value = json!({ "bags": lines.iter().map(|(id, person, newest, state, disputed)| json!({
        "bag": id, "person": person, "state": state, "disputed": disputed, "newest": newest.to_string(),
    })).collect::<Vec<_>>() });
    let mut text: String = lines
        .iter()
        .map(|(id, _, newest, state, disputed)| {
            format!("{id}  {state}{}  {}\n", if *disputed { "  TWO HOLDERS" } else { "" }, newest.display())
        })
        .collect();
    text.push_str(&format!("{} bags.\n", lines.len()));
    Ok(Shown::new(value, text))
}

fn export(store: &mut Store, id: &str, pointer: bool) -> Result<Shown> {
    let bag = given_out(store, id, BagDeed::Exported)?;
    let made = if pointer { bags::fhir::pointer(&bag) } else { bags::fhir::document(&bag) };
    let made = made.context("this bag has not been released")?;
    let text = serde_json::to_string_pretty(&made)?;
    Ok(Shown::new(made, text))
}

fn print(store: &mut Store, id: &str, to: &Path) -> Result<Shown> {
    let bag = given_out(store, id, BagDeed::Printed)?;
    let by = format!("the hub's operator ({})", home::operator());
    let pdf = paper::bag(&Print { bag: &bag, by: &by, at: home::now(), place: Place::Hub, slip: None })?;
    // Somebody's file is not written over, and nobody else reads this one.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to).with_context(|| format!("making {}", to.display()))?;
    file.write_all(&pdf).with_context(|| format!("writing {}", to.display()))?;
    let said = format!("{} bytes written to {}", pdf.len(), to.display());
    Ok(Shown::new(json!({ "file": to, "bytes": pdf.len() }), said))
}

/// A bag that may be given out. The entry first: nothing is given out that is not recorded, and a refusal is recorded too.
fn given_out(store: &mut Store, id: &str, deed: BagDeed) -> Result<Bag> {
    let id: BagId = id.parse().ok().context("that is not the name of a bag: `bag list` shows them")?;
    let bag = read(store, id)?.context("the hub holds no bag of that name")?;
    let subject = bag.header.person;
    let row = store.read(|tx| people::person_row(tx, subject))?.context("nobody the hub knows")?;
    let choice = store.read(|tx| trust::choice(tx, row))?.1.choice;
    let allowed = choice == Choice::None || choice.is_yes();
    let (outcome, rule) = (if allowed { Outcome::Permit } else { Outcome::Deny }, Rule::ChoiceInForce);
    let act = BagAct { subject, purpose: Purpose::Treat, bag: id, deed, outcome, rule };
    let (now, by) = (home::now(), home::operator());
    store.write(|tx| audit::act(tx, &by, Event::Bag(act), now))?;
    if !allowed {
        bail!("the person's choice does not allow their bag to be given out");
    }
    Ok(bag)
}
