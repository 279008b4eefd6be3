//! Devices and their licences: the terms, shifts, extensions between colleagues, and ending an enrolment.

use super::home::{now, open};
use super::people::did;
use super::{LicenceVerb, Shown};
use anyhow::{Context, Result, bail};
use hub::post::LOST;
use hub::report::gather;
use hub::store::{caseload, lease, trust};
use record::audit::{AuditUse, HubAct};
use record::{DeviceId, Stamp};
use serde_json::json;
use std::fs;
use std::path::Path;

pub fn licence(home: &Path, verb: LicenceVerb) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    match verb {
        LicenceVerb::Terms { hours, grace_hours, extension_hours, extensions, glass_after_end } => {
            let mut terms = store.read(lease::terms)?;
            terms.hours = hours.unwrap_or(terms.hours);
            terms.grace_hours = grace_hours.unwrap_or(terms.grace_hours);
            terms.lending.extension_hours = extension_hours.unwrap_or(terms.lending.extension_hours);
            terms.lending.extensions = extensions.unwrap_or(terms.lending.extensions);
            terms.lending.glass_after_end = glass_after_end.unwrap_or(terms.lending.glass_after_end);
            if !terms.allowed() {
                bail!(
                    "a licence lasts 1 to 12 hours, ends at most 4 hours after a shift, and colleagues may add at most \
                     6 hours at a time and 12 in all; nothing was changed"
                );
            }
            store.write(|tx| lease::put_terms(tx, terms))?;
            let text = format!(
                "Without the hub, records can be read for {} h, or until {} h after the shift. A colleague may extend it {} times by {} h. \
                 After the end a clinician {} break the glass. Devices hear this at their next round.",
                terms.hours,
                terms.grace_hours,
                terms.lending.extensions,
                terms.lending.extension_hours,
                if terms.lending.glass_after_end { "may" } else { "may not" },
            );
            Ok(Shown::new(json!(terms), text))
        }
        LicenceVerb::Shift { staff, until } => {
            let ends = Stamp::parse(&until).context("the end is a moment like 2026-03-10T17:00:00Z")?;
            if store.read(|tx| caseload::staff(tx, &staff))?.is_none() {
                bail!("no member of staff {staff}");
            }
            store.write(|tx| lease::put_shift(tx, &staff, ends))?;
            Ok(Shown::new(
                json!({ "staff": staff, "ends": ends.to_string() }),
                format!("The shift of {staff} ends at {}.", ends.display()),
            ))
        }
        LicenceVerb::Extensions => {
            let (all, alone) = store.read(|tx| Ok((lease::extensions(tx)?, lease::one_sided(tx)?)))?;
            let mut text = String::new();
            for extension in &all {
                let side = match (extension.taken, extension.given) {
                    (Some(until), Some(_)) => format!("until {}", until.display()),
                    (Some(until), None) if alone.contains(extension) => {
                        format!("until {}: THE GIVER'S DEVICE DOES NOT SAY SO. Review it.", until.display())
                    }
                    (Some(until), None) => {
                        format!("until {}; the giver's device has not been heard since", until.display())
                    }
                    (None, _) => "given, not used so far".to_owned(),
                };
                text.push_str(&format!("{} extended by {} {side}\n", extension.taker, extension.giver));
            }
            if all.is_empty() {
                text.push_str("No licence was extended between colleagues.\n");
            }
            Ok(Shown::new(json!({ "extensions": all, "one_sided": alone }), text))
        }
    }
}

pub fn revoke(home: &Path, device: &DeviceId, reason: Option<&str>, out: Option<&Path>) -> Result<Shown> {
    let (_, _, mut store) = open(home)?;
    let now = now();
    let done = store.write(|tx| {
        let done = trust::revoke(tx, device, now)?;
        if done {
            did(tx, HubAct::Revoked { device: device.clone() })?;
        }
        if let Some(reason) = reason {
            lease::put_reason(tx, device, reason)?;
        }
        Ok(done)
    })?;
    if !done {
        let known = store.read(|tx| trust::device(tx, device.as_str()))?.is_some();
        bail!("{}", if known { format!("device {device} was revoked before") } else { format!("no device {device}") });
    }
    let contact = store.read(|tx| lease::contact(tx, device))?;
    let until = contact.as_ref().and_then(|c| c.licence);
    let mut text = format!(
        "Device {device} is revoked. At its next contact it is told so, erases every record, and hands over what it has not sent."
    );
    if let Some(until) = until {
        text.push_str(&format!(" Without contact, ordinary reading on it ends by {}.", until.display()));
    }
    let mut written = None;
    if reason == Some(LOST) {
        let folder = out.map_or_else(|| home.join("lost").join(device.as_str()), Path::to_owned);
        // Revoked is revoked: what cannot be written now can be with the other verb.
        match report(home, device, Some(&folder)) {
            Ok(pack) => {
                text.push_str(&format!("\nWhat was on it: {}", pack.text));
                written = Some(folder);
            }
            Err(why) => text.push_str(&format!(
                "\nWhat was on it could not be written ({why:#}): satchel-hub device report {device} --out FOLDER"
            )),
        }
    }
    let until = until.map(|at| at.to_string());
    let value = json!({
        "device": device, "revoked": now.to_string(), "reason": reason, "licence_until": until, "report": written,
    });
    Ok(Shown::new(value, text))
}

pub fn report(home: &Path, device: &DeviceId, out: Option<&Path>) -> Result<Shown> {
    let (_, authority, mut store) = open(home)?;
    let report = gather(&mut store, &authority.signing.verifying_key(), device)?;
    // It names everybody who was on the device: before it is shown, it is recorded that it is.
    let entries = report.people.len() as u64;
    store.write(|tx| did(tx, HubAct::AuditUsed { how: AuditUse::DeviceReported, entries }))?;
    let value = serde_json::to_value(&report)?;
    let Some(folder) = out else { return Ok(Shown::new(value, report.text())) };
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .with_context(|| format!("closing {} to others", folder.display()))?;
    let files = [
        ("report.json", serde_json::to_vec_pretty(&value)?),
        ("report.txt", report.text().into_bytes()),
        ("people.csv", report.people_csv().into_bytes()),
        ("looks.csv", report.looks_csv().into_bytes()),
    ];
    for (name, bytes) in &files {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let text = format!("{} people. Written to {}: {}.", report.people.len(), folder.display(), names.join(", "));
    Ok(Shown::new(json!({ "people": report.people.len(), "files": names }), text))
}
