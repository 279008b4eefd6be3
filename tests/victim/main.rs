//! A process to be killed by `tests/stories/killed.rs`: it works as `satchel-hub import` and `satchel-device` do, over the same libraries
//! with the same files, and says on standard output, one line each, what has been answered. Not a product; it has no manners.

use anyhow::{Context, Result, bail, ensure};
use desk::ask::{Ask, OpenCaseload, OpenChart, OpenPlan, OpenVisit, Question, SignIn, SignOut, Sort, SyncNow};
use desk::view::{Caseload, OpenedChart, Posted};
use device::{Device, native};
use hub::authority::Authority;
use hub::intake::{self, Options, SourceSpec};
use hub::store::Store;
use record::consent::Purpose;
use record::people::{Organisation, Setting};
use record::{PersonId, Sections, Stamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// As in the app.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["import", home, file] => import(Path::new(home), PathBuf::from(file)),
        [verb @ ("read" | "post"), home, staff, pin] => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(device(verb, Path::new(home), staff, pin)),
        ["lock", home, staff, pin] => device::scrub::wiping(|| {
            // The environment is what a program that it starts would get: the webview's processes crash with the wiping.
            ensure!(std::env::var_os("GLIBC_TUNABLES").is_none(), "the wiping is passed on");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(lock(Path::new(home), staff, Path::new(pin)))
        }),
        // Dies as a program with a fault dies. `guard` as the app's and the device's own `main` do.
        ["die", guard @ ("bare" | "app" | "device")] => {
            match *guard {
                "app" => device::scrub::no_core(false),
                "device" => device::scrub::no_core(true),
                _ => {}
            }
            let own = std::fs::read_to_string("/proc/self/limits")?;
            say(own.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default())?;
            say(&format!("{:?}", rustix::process::dumpable_behavior()?))?;
            std::process::abort()
        }
        _ => bail!(
            "victim import HOME FILE | read HOME STAFF PIN | post HOME STAFF PIN | lock HOME STAFF PINFILE | die GUARD"
        ),
    }
}

/// Says something; it is said when this returns.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn import(home: &Path, file: PathBuf) -> Result<()> {
    let authority = Authority::load(home)?;
    let mut store = Store::open(&home.join("hub.db"), &authority.database)?;
    let organisation = Organisation { ods: "ZZG1".parse()?, name: "Mill Lane Surgery".into() };
    let source = SourceSpec { organisation, setting: Setting::GpPractice };
    let mut number = u128::from(std::process::id()) << 64;
    let mut fresh_id = || {
        number += 1;
        PersonId::from_bytes(number.to_be_bytes())
    };
    let stop = AtomicBool::new(false);
    let mut options = Options {
        source,
        now: Stamp::from_millis(stories::world::MORNING),
        fresh_id: &mut fresh_id,
        stop: &stop,
        again: false,
    };
    say("ready")?;
    let report = intake::import(&mut store, &[file], &mut options, &mut |p| {
        // A broken pipe here is the test gone away: the next line says so.
        let _ = say(&format!("resources {}", p.resources));
    })?;
    say(&format!("done {} {}", report.new, report.unchanged))
}

async fn device(verb: &str, home: &Path, staff: &str, pin: &str) -> Result<()> {
    let device = Device::open(home.to_owned(), native::ports(home))?;
    let sign_in = SignIn { staff: staff.parse()?, pin: pin.to_owned().into() };
    let _: Value = ask(&device, sign_in.into_ask()).await?;
    say("ready")?;
    let list = OpenCaseload { search: String::new(), sort: Sort::Name };
    loop {
        if verb == "post" {
            let posted: Posted = ask(&device, SyncNow {}.into_ask()).await?;
            say(&format!("posted {}", posted.entries_receipted))?;
        }
        let caseload: Caseload = ask(&device, list.clone().into_ask()).await?;
        for row in &caseload.rows {
            let chart = OpenChart { person: row.listing.person, purpose: Purpose::Treat, wants: Sections::ALL };
            let opened: OpenedChart = ask(&device, chart.into_ask()).await?;
            say(&format!("read {}", opened.audit_seq))?;
        }
    }
}

/// Signs in, opens everything there is of everybody, locks; waits at each for a line, so that its memory can be looked at.
async fn lock(home: &Path, staff: &str, pin: &Path) -> Result<()> {
    let device = Device::open(home.to_owned(), native::ports(home))?;
    let pin = std::fs::read_to_string(pin)?;
    let sign_in = SignIn { staff: staff.parse()?, pin: pin.into() };
    let _: Value = ask(&device, sign_in.into_ask()).await?;
    let caseload: Caseload = ask(&device, OpenCaseload { search: String::new(), sort: Sort::Name }.into_ask()).await?;
    let mut screen: Vec<Value> = Vec::new();
    for row in &caseload.rows {
        let (person, purpose) = (row.listing.person, Purpose::Treat);
        let chart = OpenChart { person, purpose, wants: Sections::ALL };
        screen.push(ask(&device, chart.into_ask()).await?);
        screen.push(ask(&device, OpenPlan { person, purpose, moment: None }.into_ask()).await?);
        screen.push(ask(&device, OpenVisit { person, purpose }.into_ask()).await?);
    }
    say("open")?;
    std::io::stdin().read_line(&mut String::new())?;
    drop((caseload, screen));
    let _: Value = ask(&device, SignOut {}.into_ask()).await?;
    say("locked")?;
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

async fn ask<T: DeserializeOwned>(device: &Arc<Device>, ask: Ask) -> Result<T> {
    let reply: Result<T, desk::Trouble> = serde_json::from_slice(&device.answer(ask).await)?;
    reply.map_err(|trouble| anyhow::anyhow!("{trouble}")).context("the device's answer")
}
