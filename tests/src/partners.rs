//! A partner's system in the stories: registered, with its credential, asking over real TLS as anybody's HTTP client would, in bytes.

use crate::World;
use crate::world::organisation;
use hub::http::{serve_routes, tls_for_browsers};
use hub::partner::{Partners, router, who};
use hub::store::caseload;
use jiff::SignedDuration;
use record::consent::Relationship;
use record::{NhsNumber, PersonId};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

/// What partners are told the hub's address is.
pub const BASE: &str = "https://hub.test:8446/fhir/R4";

/// The hub's FHIR, served on a port of loopback.
pub struct Served {
    port: u16,
    client: Arc<ClientConfig>,
}

/// A partner's system.
pub struct System {
    pub id: String,
    pub credential: String,
    /// Headers as it sends them, beside its credential.
    pub headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What went wrong, by its code.
    pub fn wrong(&self) -> (u16, String) {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
        (self.status, outcome["issue"][0]["details"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The resources of a Bundle that fit the search.
    pub fn matches(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        let bundle = self.json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.into_iter().filter(|e| e["search"]["mode"] == "match").map(|e| e["resource"].clone()).collect()
    }

    /// The address of a link.
    pub fn link(&self, relation: &str) -> Option<String> {
        let bundle = self.json();
        let found = bundle["link"].as_array()?.iter().find(|link| link["relation"] == relation)?;
        found["url"].as_str().map(str::to_owned)
    }
}

pub fn number(stem: u32) -> String {
    NhsNumber::from_stem(999_000_000 + stem).expect("a valid stem").digits()
}

/// A search of one type for one person.
pub fn search(kind: &str, stem: u32) -> String {
    format!("{kind}?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C{}", number(stem))
}

impl World {
    /// Serves FHIR to partners over TLS with the hub's own certificate.
    pub async fn served(&self) -> Served {
        let home = self.folder.path().join("hub");
        self.hub.authority.certify_server(&home, &["127.0.0.1".into()]).expect("a certificate");
        let (server, key) = hub::authority::Authority::server(&home).expect("a server's key");
        let config = tls_for_browsers(&self.hub.authority, &server, &key).expect("TLS");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let routes = router(Partners::at(self.hub.clone(), BASE));
        tokio::spawn(serve_routes(routes, listener, config, std::future::pending()));
        let mut roots = RootCertStore::empty();
        roots.add(self.hub.authority.certificate().clone()).expect("the hub's authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Served { port, client: Arc::new(client) }
    }

    /// Registers a partner for half a year, for a general practitioner who asks to treat somebody.
    pub fn partner(&self, ods: &str, name: &str) -> System {
        static DRAWN: AtomicU8 = AtomicU8::new(1);
        let random = [DRAWN.fetch_add(1, Ordering::Relaxed); 37];
        let (now, by) = (self.now(), "sam".parse().expect("a staff id"));
        let times = (now, now.plus(SignedDuration::from_hours(24 * 180)));
        let made = who::register(&mut self.hub.store(), organisation(ods, name), (&by, &random), times);
        let (partner, credential) = made.expect("a partner");
        let headers = [
            ("Satchel-Practitioner-Id", "555012345678"),
            ("Satchel-Practitioner-Name", "Dr%20Asha%20Rao"),
            ("Satchel-Job-Role", "R0260"),
            ("Satchel-Purpose", "TREAT"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        System { id: partner.id, credential, headers }
    }

    /// Puts people on a list of this organisation's.
    pub fn on_the_list_of(&self, ods: &str, people: &[PersonId]) {
        self.write(|tx| {
            let list =
                caseload::put_caseload(tx, &format!("LIST-{ods}"), "Registered patients", &organisation(ods, "x"))?;
            for person in people {
                let row = hub::store::people::person_row(tx, *person)?.expect("known");
                caseload::join(tx, list, row, Relationship::Established)?;
            }
            Ok(())
        });
    }
}

impl System {
    /// The same system, saying something else in one header; an empty value leaves it out.
    pub fn saying(&self, name: &str, value: &str) -> System {
        let mut headers: Vec<_> = self.headers.iter().filter(|(known, _)| known != name).cloned().collect();
        if !value.is_empty() {
            headers.push((name.to_owned(), value.to_owned()));
        }
        System { id: self.id.clone(), credential: self.credential.clone(), headers }
    }

    /// The same with another credential.
    pub fn with(&self, credential: &str) -> System {
        System { credential: credential.to_owned(), id: self.id.clone(), headers: self.headers.clone() }
    }
}

impl Served {
    pub async fn get(&self, system: &System, what: &str) -> Answer {
        self.ask(system, "GET", what, None).await
    }

    /// Follows a link of a Bundle.
    pub async fn follow(&self, system: &System, link: &str) -> Answer {
        self.get(system, link.strip_prefix(BASE).expect("a link under the base").trim_start_matches('/')).await
    }

    pub async fn ask(&self, system: &System, method: &str, what: &str, form: Option<&str>) -> Answer {
        let mut text = format!("{method} /fhir/R4/{what} HTTP/1.1\r\nHost: hub.test\r\nConnection: close\r\n");
        if !system.credential.is_empty() {
            text.push_str(&format!("Authorization: Bearer {}\r\n", system.credential));
        }
        for (name, value) in &system.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(form) = form {
            text.push_str(&format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                form.len()
            ));
        }
        text.push_str("\r\n");
        text.push_str(form.unwrap_or_default());
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected");
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let mut tls = TlsConnector::from(self.client.clone()).connect(name, tcp).await.expect("TLS with our hub");
        tls.write_all(text.as_bytes()).await.expect("sent");
        let mut bytes = Vec::new();
        // A server that closes without a goodbye has still said all that its length promised.
        let _ = tls.read_to_end(&mut bytes).await;
        answer(&String::from_utf8(bytes).expect("text"))
    }
}

fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let answer = Answer {
        status: status.expect("a status"),
        headers: lines.filter_map(header).collect(),
        body: body.to_owned(),
    };
    assert_eq!(answer.header("content-length"), body.len().to_string(), "whole");
    answer
}
