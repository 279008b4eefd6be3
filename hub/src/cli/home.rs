//! The hub's folder: making it, opening it, its policy and its status. The clock and the randomness of the whole binary are here.

use super::{Init, Shown, policy};
use anyhow::{Context, Result, bail};
use hub::authority::Authority;
use hub::enrol::Region;
use hub::packs;
use hub::store::{Store, alarms, alerts, audit, caseload, parked, people, resources, trust};
use record::people::Organisation;
use record::{StaffId, Stamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::path::Path;

/// What `init` was told, kept as `hub.json`.
#[derive(Serialize, Deserialize)]
pub struct Settings {
    pub region: String,
    pub hub: Organisation,
    pub address: String,
}

impl Settings {
    pub fn load(home: &Path) -> Result<Settings> {
        let path = home.join("hub.json");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("no hub in {}: make one with `satchel-hub init`", home.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not what init wrote", path.display()))
    }

    pub fn region(&self) -> Region {
        Region { name: self.region.clone(), hub: self.hub.clone() }
    }
}

#[allow(clippy::disallowed_methods, reason = "the hub's main supplies the clock")]
pub fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Fresh random bytes. A machine without randomness can make no key that protects anybody, so it stops.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

/// Who runs this verb, as the operating system has it: evidence, not proof. Stands in the hub's own chain.
pub fn operator() -> StaffId {
    let known = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name: String =
        known.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect();
    // A name of these letters is a staff id; `unknown` is one too.
    name.parse().or_else(|_| "unknown".parse()).unwrap_or_else(|_| std::process::abort())
}

/// The keys and the database of a hub that was made.
pub fn open(home: &Path) -> Result<(Settings, Authority, Store)> {
    let settings = Settings::load(home)?;
    let authority = Authority::load(home)?;
    let mut store = Store::open(&home.join("hub.db"), &authority.database).context("opening the hub's database")?;
    if store.read(audit::own_code)? != settings.hub.ods {
        store.write(|tx| audit::keep_own_code(tx, &settings.hub.ods))?;
    }
    Ok((settings, authority, store))
}

pub fn init(home: &Path, init: &Init) -> Result<Shown> {
    if Authority::exists(home) {
        bail!("there is a hub in {} already; nothing was changed", home.display());
    }
    fs::create_dir_all(home).with_context(|| format!("making {}", home.display()))?;
    let (host, port) = init.address.rsplit_once(':').context("the address is HOST:PORT")?;
    port.parse::<u16>().context("the address is HOST:PORT")?;
    let authority = Authority::make(home, &init.region, [random(), random()])?;
    let mut names = vec![host.trim_matches(['[', ']']).to_owned(), "localhost".to_owned()];
    names.extend(init.names.iter().cloned());
    names.dedup();
    authority.certify_server(home, &names)?;
    let mut store = Store::open(&home.join("hub.db"), &authority.database)?;
    store.write(|tx| audit::keep_own_code(tx, &init.ods))?;
    policy::keep(&mut store, &authority, packs::dorset(init.view_mode)?)?;
    let settings = Settings {
        region: init.region.clone(),
        hub: Organisation { ods: init.ods.clone(), name: format!("{} hub", init.region) },
        address: init.address.clone(),
    };
    fs::write(home.join("hub.json"), serde_json::to_vec_pretty(&settings)?)?;
    let fingerprint: String = authority.fingerprint().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Shown::new(
        json!({ "home": home, "address": init.address, "authority": fingerprint, "view_mode": init.view_mode.code() }),
        format!(
            "A hub for {} in {}.\nIt will listen on {}; devices will trust the authority {fingerprint}.\n\
             Back up the whole folder: without its keys every device must be enrolled again.\n\
             Next: satchel-hub import PATH…, or satchel-hub sample; then satchel-hub serve.",
            init.region,
            home.display(),
            init.address
        ),
    ))
}

pub fn status(home: &Path) -> Result<Shown> {
    let (settings, _, mut store) = open(home)?;
    let value = store.read(|tx| {
        let (chains, entries, aside) = audit::counts(tx)?;
        let waiting = alarms::list(tx, false)?;
        let alarms: Vec<_> = waiting.iter().map(|a| format!("{} {} at {}", a.place, a.kind, a.seq)).collect();
        let sources: Vec<_> = people::sources(tx)?
            .into_iter()
            .map(|s| json!({ "ods": s.organisation.ods, "name": s.organisation.name, "as_at": s.as_at.to_string() }))
            .collect();
        let moment = |at: Option<Stamp>| at.map(|at| at.to_string());
        let devices: Vec<_> = trust::devices(tx)?
            .into_iter()
            .map(|d| {
                let (posted, revoked) = (moment(d.last_post), moment(d.revoked));
                json!({ "device": d.device, "staff": d.staff, "last_post": posted, "revoked": revoked })
            })
            .collect();
        let parked: Vec<_> = parked::count(tx)?;
        Ok(json!({
            "region": settings.region,
            "address": settings.address,
            "people": people::count_people(tx)?,
            "resources": resources::count_kinds(tx)?.into_iter().map(|(_, n)| n).sum::<u64>(),
            "sources": sources.len(),
            "newest": sources.iter().filter_map(|s| s["as_at"].as_str()).max(),
            "staff": caseload::all_staff(tx)?.len(),
            "caseloads": caseload::all_caseloads(tx)?.iter().filter(|c| !c.code.starts_with('~')).count(),
            "devices": devices,
            "parked": parked.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "alerts": alerts::open_counts(tx)?.into_iter().map(|(kind, n)| (kind.code(), n)).collect::<std::collections::BTreeMap<_, _>>(),
            "audit": { "chains": chains, "entries": entries, "aside": aside, "alarms": alarms },
        }))
    })?;
    let mut text = String::new();
    for (name, shown) in value.as_object().into_iter().flatten() {
        text.push_str(&format!("{name:<10} {}\n", shown.to_string().trim_matches('"')));
    }
    Ok(Shown::new(value, text))
}
