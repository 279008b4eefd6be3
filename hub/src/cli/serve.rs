//! `satchel-hub serve`: listens, and keeps frames ready beside it, until interrupted.

use super::Shown;
use super::home::{now, open, operator, random};
use anyhow::{Context, Result};
use hub::authority::Authority;
use hub::bags::prealert;
use hub::frames;
use hub::http::{self, Hub};
use hub::officer;
use hub::partner::{self, Partners};
use hub::store::{Store, StoreFault, alerts};
use hub::ward;
use hub::web::Office;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// People whose frames are made in one transaction, so that posts never wait long.
const BATCH: u32 = 32;
/// Between two batches, longer than the longest step in which SQLite asks again for a lock that another holds (100 ms): a post, an enrolment or a command
/// that waits has its turn, however much is to be made.
const TURN: Duration = Duration::from_millis(110);
/// Between looks for frames to make.
const PAUSE: Duration = Duration::from_secs(2);

/// Where what is beside the devices listens: HOST:PORT, or `none`.
pub struct Places {
    pub desk: String,
    pub ward: String,
    pub fhir: String,
    /// The address partners are told for `fhir`.
    pub fhir_base: Option<String>,
}

/// `pre_alerts`: the folder that a hospital's integration engine empties.
pub fn serve(home: &Path, places: &Places, pre_alerts: Option<PathBuf>, json: bool) -> Result<Shown> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(until_stopped(home, places, pre_alerts, json))
}

async fn until_stopped(home: &Path, places: &Places, pre_alerts: Option<PathBuf>, json: bool) -> Result<Shown> {
    let (settings, authority, store) = open(home)?;
    let (server, key) = Authority::server(home)?;
    let tls = http::tls(&authority, &server, &key)?;
    let browsers = http::tls_for_browsers(&authority, &server, &key)?;
    let database = authority.database.clone();
    let listener = TcpListener::bind(&settings.address)
        .await
        .with_context(|| format!("listening on {} (is another hub running?)", settings.address))?;
    let desk = beside(&places.desk, "the desk (--desk)").await?;
    let ward = beside(&places.ward, "the ward's pages (--ward)").await?;
    let fhir = beside(&places.fhir, "partners' systems (--fhir)").await?;
    let fresh_device = || {
        let name: String = random::<6>().iter().map(|b| format!("{b:02X}")).collect();
        // Twelve hexadecimal digits are always a device's name.
        format!("D{name}").parse().unwrap_or_else(|_| std::process::abort())
    };
    let hub = Hub::new(store, authority, settings.region(), now, fresh_device);

    // Frames are made on a connection of their own.
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, path) = (stop.clone(), home.join("hub.db"));
    let maker = tokio::task::spawn_blocking(move || keep_ready(&path, &database, pre_alerts.as_deref(), &stopped));

    let at = |listener: &Option<TcpListener>| listener.as_ref()?.local_addr().ok().map(|at| at.to_string());
    let (desk_at, ward_at, fhir_at) = (at(&desk), at(&ward), at(&fhir));
    let base = places.fhir_base.clone().or(fhir_at.as_ref().map(|at| format!("https://{at}{}", partner::PATH)));
    let base = base.unwrap_or_default().trim_end_matches('/').to_owned();
    if json {
        println!("{}", json!({ "listening": settings.address, "desk": desk_at, "ward": ward_at, "fhir": fhir_at }));
    } else {
        println!("Serving {} on {}. Stop with Ctrl-C.", settings.region, settings.address);
        if let Some(at) = &desk_at {
            println!("The privacy officer's desk is at https://{at}/.");
        }
        if let Some(at) = &ward_at {
            println!("The pages for emergency departments and wards are at https://{at}/.");
        }
        if fhir_at.is_some() {
            println!("Partners' systems read FHIR at {base}.");
        }
    }
    let interrupted = async {
        let terminate = async {
            #[cfg(unix)]
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
            #[cfg(not(unix))]
            std::future::pending::<()>().await
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
        }
    };
    let (end, ended) = tokio::sync::watch::channel(false);
    let (at_desk, at_ward, at_fhir) = (over(ended.clone()), over(ended.clone()), over(ended.clone()));
    let at_hub = over(ended);
    let asking = Partners::at(hub.clone(), base);
    let office = Office::at(&officer::DESK, hub.clone(), random);
    let wards = Office::at(&ward::WARD, hub.clone(), random);
    let desk = desk
        .map(|listener| tokio::spawn(http::serve_routes(officer::router(office), listener, browsers.clone(), at_desk)));
    let ward =
        ward.map(|listener| tokio::spawn(http::serve_routes(ward::router(wards), listener, browsers.clone(), at_ward)));
    let fhir =
        fhir.map(|listener| tokio::spawn(http::serve_routes(partner::router(asking), listener, browsers, at_fhir)));
    let devices = tokio::spawn(http::serve(hub, listener, tls, at_hub));
    interrupted.await;
    let _ = end.send(true);
    let served = devices.await;
    let mut pages = Vec::new();
    for serving in [desk, ward, fhir].into_iter().flatten() {
        pages.push(serving.await);
    }
    stop.store(true, Ordering::Relaxed);
    let _ = maker.await;
    served??;
    for served in pages {
        served??;
    }
    Ok(Shown::new(json!({ "stopped": true }), "Stopped. Everything acknowledged is kept."))
}

/// A listener for pages beside the devices', unless there is to be none.
async fn beside(address: &str, what: &str) -> Result<Option<TcpListener>> {
    if address == "none" {
        return Ok(None);
    }
    Ok(Some(TcpListener::bind(address).await.with_context(|| format!("listening on {address} for {what}"))?))
}

/// Resolves when it is over.
async fn over(mut ended: tokio::sync::watch::Receiver<bool>) {
    let _ = ended.wait_for(|over| *over).await;
}

/// Makes frames whenever some are old, raises what only time brings to light, and announces released bags. A fault is said once and tried
/// again: posts make what they need themselves.
fn keep_ready(path: &Path, key: &[u8; 32], pre_alerts: Option<&Path>, stop: &AtomicBool) {
    let Ok(mut store) = Store::open(path, key) else { return };
    let (mut complained, mut unannounced) = (false, false);
    while !stop.load(Ordering::Relaxed) {
        let made = frames::learn(&mut store, now()).and_then(|_| frames::prepare(&mut store, BATCH, now()));
        match made {
            Ok(n) if n > 0 => {
                std::thread::park_timeout(TURN);
                continue;
            }
            Ok(_) => complained = false,
            Err(fault) if !complained => {
                eprintln!("satchel-hub: frames could not be made: {fault}");
                complained = true;
            }
            Err(_) => {}
        }
        if let Err(fault) = raise_alerts(&mut store)
            && !complained
        {
            eprintln!("satchel-hub: alerts could not be raised: {fault}");
            complained = true;
        }
        if let Some(folder) = pre_alerts {
            let round = prealert::round(&mut store, folder, &operator(), now());
            if let Err(fault) = &round
                && !unannounced
            {
                eprintln!("satchel-hub: {fault}");
            }
            unannounced = round.is_err();
        }
        for _ in 0..PAUSE.as_millis() / 100 {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

fn raise_alerts(store: &mut Store) -> Result<(), StoreFault> {
    let new = store.read(alerts::extensions_to_raise)?;
    if !new.is_empty() {
        store.write(|tx| new.iter().try_for_each(|one| alerts::about_extension(tx, one, now()).map(drop)))?;
    }
    Ok(())
}
