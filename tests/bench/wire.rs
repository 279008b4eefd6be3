//! What travels: first sync over real TLS, nothing changed, twenty resources changed.

use crate::region::{Region, instant};
use crate::stats::{Table, short};
use anyhow::{Context, Result, anyhow};
use desk::view::Posted;
use device::carrier::HttpCarrier;
use device::{Device, Ports};
use hub::http::{serve, tls};
use std::sync::Arc;
use stories::Worker;
use stories::world::{PIN, Remembering};
use tokio::net::TcpListener;

/// A device that has fetched everybody, and the random bytes it was given (its vault's key is among them).
pub struct Fetched {
    pub nurse: Worker,
    pub drawn: Vec<[u8; 32]>,
    pub runtime: tokio::runtime::Runtime,
}

pub fn measure(region: &Region, table: &mut Table) -> Result<Fetched> {
    let world = &region.world;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let home = world.folder.path().join("hub");
    world.hub.authority.certify_server(&home, &["127.0.0.1".into()])?;
    let (server, key) = hub::authority::Authority::server(&home)?;
    let config = tls(&world.hub.authority, &server, &key)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.local_addr()?.port();
    runtime.spawn(serve(world.hub.clone(), listener, config, std::future::pending()));

    let home = world.folder.path().join("bench-device");
    let ports = world.ports(&home);
    let drawn = Arc::new(Remembering::of(ports.entropy.clone()));
    let ports = Ports { carrier: Arc::new(HttpCarrier::default()), entropy: drawn.clone(), ..ports };
    let device = Device::open(home.clone(), ports)?;
    let nurse = Worker { device, staff: "N1".parse()?, home };
    let ticket = world.ticket(&nurse.staff).replace("hub.test:8443", &format!("127.0.0.1:{port}"));
    let failed = |t: desk::Trouble| anyhow!("{t}");
    let enrol = desk::ask::Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() };
    runtime.block_on(nurse.ask(enrol)).map_err(failed)?;

    let began = instant();
    let first = post(&runtime, &nurse)?;
    let spent = began.elapsed();
    table.row(
        "G6",
        &format!("first sync of {} people over HTTP with TLS", region.people),
        format!(
            "{}, {} requests, {} people ({:.0}x PouchDB's 11.1 s, {:.0}x CHT's 6.9 s as measured elsewhere)",
            short(spent),
            first.requests,
            first.people_added,
            11.1 / spent.as_secs_f64(),
            6.9 / spent.as_secs_f64()
        ),
        ">= 20x PouchDB, >= 12x CHT, <= 4 requests",
    );
    let data: Vec<u8> = region.records.iter().flatten().flat_map(|json| [json.as_bytes(), b"\n"].concat()).collect();
    let one_stream = zstd::bulk::compress(&data, 3)?.len();
    let each: usize = region
        .records
        .iter()
        .map(|r| zstd::bulk::compress(r.join("\n").as_bytes(), 3).map(|b| b.len()))
        .sum::<std::io::Result<usize>>()?;
    // The second part of the fetch: resources as their sources sent them, when every record can be read already.
    let (whole, dictionary): (i64, Vec<u8>) = world.write(|tx| {
        tx.query_row(
            "select (select sum(length(bytes)) from frame where compartment = 3), (select bytes from dictionary)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    });
    let readable = first.bytes_in as f64 - whole as f64;
    table.row(
        "G7",
        "its bytes against zstd -3 of the JSON",
        format!(
            "until every record opens {:.2} MB = {:.2}x of one stream over everybody; with every resource whole {:.2} MB = {:.2}x ({:.2}x of \
             one stream a person); dictionaries {:.0} kB, then records",
            readable / 1e6,
            readable / one_stream as f64,
            first.bytes_in as f64 / 1e6,
            first.bytes_in as f64 / one_stream as f64,
            first.bytes_in as f64 / each as f64,
            zstd::bulk::compress(&dictionary, 12)?.len() as f64 / 1e3
        ),
        "<= 1.05x; first record after 2 round trips and 64 kB",
    );
    post(&runtime, &nurse)?;
    let quiet = post(&runtime, &nurse)?;
    table.row(
        "G8",
        "nothing changed",
        format!("{} request, {} B out + {} B back", quiet.requests, quiet.bytes_out, quiet.bytes_in),
        "1 request, <= 300 B",
    );
    changed(region, &runtime, &nurse, table)?;
    Ok(Fetched { nurse, drawn: drawn.drawn(), runtime })
}

fn post(runtime: &tokio::runtime::Runtime, nurse: &Worker) -> Result<Posted> {
    runtime.block_on(nurse.ask(desk::ask::SyncNow {})).map_err(|t| anyhow!("{t}"))
}

/// Twenty resources of twenty people change at one source.
fn changed(region: &Region, runtime: &tokio::runtime::Runtime, nurse: &Worker, table: &mut Table) -> Result<()> {
    let mut fresh = Vec::new();
    for record in region.records.iter().take(400) {
        let found = record.iter().find(|json| json.contains("\"resourceType\":\"Observation\""));
        if let Some(json) = found
            && fresh.len() < 20
        {
            fresh.push(json.clone());
        }
    }
    let edited: Vec<String> =
        fresh.iter().map(|json| json.replacen("\"status\":\"final\"", "\"status\":\"amended\"", 1)).collect();
    let world = &region.world;
    // Each goes back to the feed it came by.
    let mut by_source: Vec<(String, &str)> = Vec::new();
    for json in &edited {
        let value: serde_json::Value = serde_json::from_str(json)?;
        let id = value["id"].as_str().context("an id")?.to_owned();
        let ods: String = world.write(|tx| {
            tx.query_row(
                "select s.ods from resource r join source s on s.id = r.via where r.rid = ?1 limit 1",
                [&id],
                |row| row.get(0),
            )
        });
        by_source.push((ods, json));
    }
    for (ods, json) in &by_source {
        world.feed_text(ods, ods, json);
    }
    let posted = post(runtime, nurse)?;
    let whole: Vec<u8> = edited.join("\n").into_bytes();
    let yardstick = zstd::bulk::compress(&whole, 3)?.len();
    table.row(
        "G9",
        &format!("{} changed resources", edited.len()),
        format!(
            "{} request, {} facts, {} B out + {} B back; their zstd -3 is {yardstick} B, so the limit is {:.0} B",
            posted.requests,
            posted.facts_changed,
            posted.bytes_out,
            posted.bytes_in,
            yardstick as f64 * 1.1 + 300.0
        ),
        "1 request, <= 1.1x their zstd + 300 B",
    );
    Ok(())
}
