//! `satchel-hub bag`: which eRed Bags there are and where, and one given out as a FHIR document, as a pointer to it, or on paper; and
//! announcing them to hospitals. `list` says no content. `export` and `print` give content, so the person's choice is asked first, and the giving is an act of the hub's own chain.

use super::{BagVerb, Shown, home};
use anyhow::{Context, Result, bail};
use hub::bags::{self, prealert};
use hub::photos;
use hub::store::{Store, audit, bags as rows, people, prealerts, trust};
use paper::{Place, Print};
use record::OdsCode;
use record::audit::{BagAct, BagDeed, Event};
use record::bag::{Bag, BagId, HomeForm};
use record::consent::{Choice, Outcome, Purpose, Rule};
use record::people::Organisation;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub fn bag(home: &Path, verb: BagVerb) -> Result<Shown> {
    let (_, _, mut store) = home::open(home)?;
    match verb {
        BagVerb::List => list(&mut store),
        BagVerb::Export { bag, pointer } => export(&mut store, &bag, pointer),
        BagVerb::Announce { to } => announce(&mut store, &to),
        BagVerb::Receivers { ods, name } => receivers(&mut store, ods.zip(name)),
        BagVerb::Form { of, file, usual } => form(&mut store, of, (file.as_deref(), usual)),
        BagVerb::Print { bag, to } => print(&mut store, &bag, &to),
    }
}

/// Shows a home's own form, or registers another. What is not a form changes nothing.
fn form(store: &mut Store, of: Option<OdsCode>, (file, usual): (Option<&Path>, bool)) -> Result<Shown> {
    let Some(of) = of else {
        let homes = store.read(rows::homes_with_form)?;
        let text: String = homes.iter().map(|home| format!("{home}\n")).collect();
        return Ok(Shown::new(
            json!({ "homes": homes }),
            format!("{text}{} homes have a form of their own.\n", homes.len()),
        ));
    };
    let put = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            // serde says the line and column.
            let form: HomeForm =
                serde_json::from_str(&text).with_context(|| format!("{} is no form", file.display()))?;
            let form = form.checked().with_context(|| format!("{} is not taken", file.display()))?;
            if form.home != of {
                bail!("{} is the form of {}, not of {of}", file.display(), form.home);
            }
            Some(form)
        }
        None => usual.then(|| HomeForm::usual(of.clone())),
    };
    if let Some(form) = &put {
        store.write(|tx| rows::put_form(tx, form, home::now()))?;
    }
    let kept = store.read(|tx| rows::form(tx, &of, 0))?;
    let form = kept.map_or_else(|| HomeForm::usual(of.clone()), |(form, ..)| form);
    let mut text = format!("{of} asks {} questions of its own", form.questions.len());
    for question in &form.questions {
        text.push_str(&format!("\n  {}: {}", question.section.title(), question.label));
    }
    let list = if form.things.is_empty() { "the usual list" } else { "its own list" };
    text.push_str(&format!("\nand counts {list}"));
    for thing in form.counted() {
        text.push_str(&format!(
            "\n  {} ({}){}",
            thing.label,
            thing.code,
            if thing.valuable { ", counted by two" } else { "" }
        ));
    }
    if put.is_some() {
        text.push_str("\nIts devices have it after their next round.");
    }
    Ok(Shown::new(serde_json::to_value(&form)?, format!("{text}\n")))
}

fn read(store: &mut Store, id: BagId) -> Result<Option<Bag>> {
    Ok(store.read(|tx| bags::bag(tx, id))?)
}

fn list(store: &mut Store) -> Result<Shown> {
    let all = store.read(rows::all)?;
    let (mut bags, mut text) = (Vec::new(), String::new());
    for (id, person, newest) in all {
        let Some(bag) = read(store, id)? else { continue };
        let alerts = store.read(|tx| prealerts::of(tx, id))?;
        let states: Vec<&str> = bag.custody.holdings().iter().map(|h| h.state.code()).collect();
        let (state, disputed) = (states.join(" / "), states.len() > 1);
        let two = if disputed { "  TWO HOLDERS" } else { "" };
        text.push_str(&format!("{id}  {state}{two}  {}\n", newest.display()));
        for alert in &alerts {
            let (to, stands) = (&alert.to, alert.standing);
            let at = stands.at().map(|at| format!(" {}", at.display())).unwrap_or_default();
            text.push_str(&format!("    pre-alert to {} ({}): {}{at}\n", to.name, to.ods, stands.code()));
        }
        let alerts: Vec<Value> = alerts
            .iter()
            .map(|a| json!({ "to": a.to.ods, "release": a.note, "standing": a.standing.code(), "at": a.standing.at().map(|at| at.to_string()) }))
            .collect();
        bags.push(json!({
            "bag": id, "person": person, "state": state, "disputed": disputed, "newest": newest.to_string(), "pre_alerts": alerts,
        }));
    }
    text.push_str(&format!("{} bags.\n", bags.len()));
    Ok(Shown::new(json!({ "bags": bags }), text))
}

/// One round by hand: what is owed is written, what was picked up is noticed. `serve --pre-alerts` does the same by itself.
fn announce(store: &mut Store, to: &Path) -> Result<Shown> {
    let done = prealert::round(store, to, &home::operator(), home::now())?;
    let value = json!({ "written": done.written, "picked_up": done.gone, "not_written": done.ended });
    let text = format!("{} written, {} picked up, {} not to be written.", done.written, done.gone, done.ended);
    Ok(Shown::new(value, text))
}

fn receivers(store: &mut Store, new: Option<(OdsCode, String)>) -> Result<Shown> {
    if let Some((ods, name)) = new {
        store.write(|tx| prealerts::put_receiver(tx, &Organisation { ods, name: name.trim().to_owned() }))?;
    }
    let all = store.read(prealerts::receivers)?;
    let text: String = all.iter().map(|of| format!("{:<8} {}\n", of.ods.as_str(), of.name)).collect();
    Ok(Shown::new(json!({ "receivers": all }), text))
}

fn export(store: &mut Store, id: &str, pointer: bool) -> Result<Shown> {
    let bag = given_out(store, id, BagDeed::Exported)?;
    let made = if pointer {
        let since = store.read(|tx| bags::files_since(tx, &bag))?;
        bags::fhir::pointer(&bag, &|file| since.get(&file).copied())
    } else {
        attached(store, &bag)?
    };
    let made = made.context("this bag has not been released")?;
    let text = serde_json::to_string_pretty(&made)?;
    Ok(Shown::new(made, text))
}

fn print(store: &mut Store, id: &str, to: &Path) -> Result<Shown> {
    let bag = given_out(store, id, BagDeed::Printed)?;
    let by = format!("the hub's operator ({})", home::operator());
    let drawn = store.read(|tx| match people::person_row(tx, bag.header.person)? {
        Some(row) => bags::signatures(tx, row, &bag),
        None => Ok(BTreeMap::new()),
    })?;
    let print = Print { bag: &bag, by: &by, at: home::now(), place: Place::Hub, slip: None, signatures: &drawn };
    let pdf = paper::bag(&print)?;
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

/// The document, with what is attached to it.
fn attached(store: &mut Store, bag: &Bag) -> Result<Option<Value>> {
    let person = bag.header.person;
    Ok(store.read(|tx| {
        let Some(row) = people::person_row(tx, person)? else { return Ok(None) };
        let mut held = BTreeMap::new();
        for file in bags::files(bag) {
            if let Some(found) = photos::held_since(tx, row, file.id)? {
                held.insert(file.id, found);
            }
        }
        Ok(bags::fhir::document(bag, &|id| held.get(&id).cloned()))
    })?)
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
