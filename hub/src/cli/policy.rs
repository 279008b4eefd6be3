//! Policy packs on the command line: show, check, publish, list; the view mode alone; the decision table. A pack that is published is signed
//! and travels with each device's next post; versions only grow.

use super::Shown;
use super::home::{now, open, operator};
use anyhow::{Context, Result, bail};
use hub::authority::Authority;
use hub::store::{Store, audit, trust};
use hub::{cached, packs};
use record::audit::{Event, HubAct};
use record::consent::{Mode, Pack, table};
use serde_json::json;
use std::path::Path;
use sync::letter::Signed;

/// Signs a pack and publishes it; refused where its version is not higher than every one before.
pub fn keep(store: &mut Store, authority: &Authority, pack: Pack) -> Result<()> {
    let version = pack.version;
    let signed = sync::wire::sign(pack, &authority.signing)?;
    let kept = store.write(|tx| {
        let kept = trust::put_policy(tx, version, &signed.bytes, &signed.signature)?;
        if kept {
            cached::take(tx, &signed.value.sources)?;
            audit::act(tx, &operator(), Event::Hub(HubAct::Policy { version }), now())?;
        }
        Ok(kept)
    })?;
    if !kept {
        let held = in_force(store, authority)?.value.version;
        bail!("the pack is version {version}, and version {held} is in force: a pack never runs backwards");
    }
    Ok(())
}

/// The pack in force, its signature checked.
pub fn in_force(store: &mut Store, authority: &Authority) -> Result<Signed<Pack>> {
    let (bytes, signature) = store.read(trust::policy)?.context("the hub has no policy: was init interrupted?")?;
    Ok(sync::wire::reopen(bytes, signature, &authority.signing.verifying_key())?)
}

pub fn decision_table(csv: bool) -> Shown {
    let text = if csv { table::csv() } else { table::page() };
    Shown::new(json!({ "table": text }), text)
}

pub fn mode(home: &Path, mode: Mode) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let held = in_force(&mut store, &authority)?.value;
    let mut pack = Pack { version: held.version + 1, ..held };
    pack.view.default = mode;
    let version = pack.version;
    keep(&mut store, &authority, pack)?;
    Ok(Shown::new(
        json!({ "version": version, "view_mode": mode.code() }),
        format!("Policy version {version}: {}. Devices take it with their next post.", mode.code()),
    ))
}

pub fn show(home: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let pack = in_force(&mut store, &authority)?.value;
    Ok(Shown::new(json!(pack), page(&pack)))
}

pub fn check(file: &Path) -> Result<Shown> {
    let pack = packs::read(file)?;
    let text = format!("{}The pack is whole. Publish it with `satchel-hub policy publish`.", page(&pack));
    Ok(Shown::new(json!(pack), text))
}

pub fn publish(home: &Path, file: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let pack = packs::read(file)?;
    let (version, programme) = (pack.version, pack.programme.clone());
    keep(&mut store, &authority, pack)?;
    Ok(Shown::new(
        json!({ "version": version, "programme": programme }),
        format!("Policy version {version} of {programme} is in force. Devices take it with their next post."),
    ))
}

pub fn list(home: &Path) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let mut lines = Vec::new();
    let mut text = String::new();
    for published in store.read(trust::policies)? {
        let pack: Signed<Pack> =
            sync::wire::reopen(published.body, published.signature, &authority.signing.verifying_key())?;
        let pack = pack.value;
        text.push_str(&format!("{:>6}  {:<20}  {}\n", pack.version, pack.view.default.code(), pack.programme));
        let mode = pack.view.default.code();
        lines.push(json!({ "version": pack.version, "programme": pack.programme, "view_mode": mode }));
    }
    Ok(Shown::new(json!(lines), text))
}

/// A pack as a page for people.
fn page(pack: &Pack) -> String {
    let glass = &pack.break_glass;
    let options: Vec<&str> = pack.options.iter().map(|o| o.code()).collect();
    let languages: Vec<&str> = pack.languages.iter().map(|l| l.tag.as_str()).collect();
    let mut text = format!(
        "{}, version {}\nview mode    {}\nfreshness    fresh {} h, stale {} h\nbreak-glass  {} min, {} a shift of {} h, at \
         least {} characters\noptions      {}\nlanguages    {}\n",
        pack.programme,
        pack.version,
        pack.view.default.code(),
        pack.freshness.fresh_hours,
        pack.freshness.stale_hours,
        glass.minutes,
        glass.per_shift,
        glass.shift_hours,
        glass.least_text,
        options.join(", "),
        languages.join(", "),
    );
    for (ods, mode) in &pack.view.by_organisation {
        text.push_str(&format!("view mode    {} for {ods}\n", mode.code()));
    }
    for reason in &pack.reasons {
        text.push_str(&format!("reason       {} ({}): {}\n", reason.code, reason.purpose.code(), reason.label));
    }
    for (ods, rule) in &pack.sources.by_source {
        let how = match (rule.cached, rule.hours) {
            (false, _) => "never leaves the hub".to_owned(),
            (true, Some(hours)) => format!("kept {hours} h after the last contact"),
            (true, None) => "kept".to_owned(),
        };
        text.push_str(&format!("source       {ods}: {how}\n"));
    }
    text
}
