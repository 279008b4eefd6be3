//! A hub, the people on its books, and devices by name. Everything runs on the test's own thread; time stands still until `pass`.

use crate::network::{Room, Weather, Wire};
use desk::ask::{BreakGlass, Enrol, GetStatus, OpenCaseload, OpenChart, Question, Reply, Sort, SyncNow};
use desk::view::{Caseload, OpenedChart, Posted, Status};
use device::native::{FileKeystore, FileTray};
use device::ports::Entropy;
use device::{Device, Ports};
use hub::authority::Authority;
use hub::enrol::{Region, ticket};
use hub::http::Hub;
use hub::intake::admit::Feed;
use hub::intake::{self, SourceSpec};
use hub::store::{Store, caseload, lease, people, trust};
use jiff::SignedDuration;
use record::consent::{Choice, DecidedBy, Mode, Purpose, Recorded, Relationship};
use record::lease::Terms;
use record::people::{Actor, Organisation, Role, Setting};
use record::time::{Reading, Ticks};
use record::{DeviceId, PersonId, Sections, StaffId, Stamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

/// The PIN of everybody in the stories.
pub const PIN: &str = "314159";

/// 10 March 2026, 09:00 in London.
pub const MORNING: i64 = 1_773_133_200_000;

/// Hours of licence in stories that are not about it: longer than any region may choose.
const LONG: u32 = 24 * 60;

/// A world.
pub struct World {
    pub hub: Arc<Hub>,
    pub weather: Arc<Weather>,
    clock: Arc<AtomicI64>,
    pub clocks: Arc<DeviceClocks>,
    chance: Arc<AtomicU64>,
    pub folder: TempDir,
}

/// What is wrong with the devices' clocks: the hub's is always right.
#[derive(Default)]
pub struct DeviceClocks {
    /// The wall clock is this far off (milliseconds).
    pub off: AtomicI64,
    /// Milliseconds since the devices were switched on.
    pub ticks: AtomicI64,
    /// Which start of the devices this is.
    pub boot: AtomicU64,
    pub zone: AtomicU64,
}

/// Somebody with a device.
pub struct Worker {
    pub device: Arc<Device>,
    pub staff: StaffId,
    pub home: PathBuf,
}

/// Random bytes that are the same in every run.
struct Counted(Arc<AtomicU64>);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64, so that neighbouring draws look nothing alike.
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Remembers every key's worth of bytes that a device draws: tests that look at its vault or its memory from outside know what to use.
pub struct Remembering {
    inner: Arc<dyn Entropy>,
    drawn: Mutex<BTreeSet<[u8; 32]>>,
}

impl Remembering {
    pub fn of(inner: Arc<dyn Entropy>) -> Self {
        Self { inner, drawn: Mutex::default() }
    }

    /// The draws of 32 bytes, each once.
    pub fn drawn(&self) -> Vec<[u8; 32]> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

impl Entropy for Remembering {
    fn fill(&self, bytes: &mut [u8]) {
        self.inner.fill(bytes);
        if let Ok(key) = <[u8; 32]>::try_from(&*bytes) {
            self.drawn.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
    }
}

impl World {
    /// A hub with an empty register that asks each time.
    pub fn new() -> World {
        World::with_mode(Mode::AskEachTime)
    }

    pub fn with_mode(mode: Mode) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = folder.path().join("hub");
        std::fs::create_dir_all(&home).expect("the hub's folder");
        let authority = Authority::make(&home, "Testshire", [[1; 32], [2; 32]]).expect("an authority");
        let mut store = Store::open(&home.join("hub.db"), &authority.database).expect("a store");
        // Stories about old consent outlive the licence; those about the licence end it themselves.
        store.write(|tx| lease::put_terms(tx, Terms { hours: LONG, ..Terms::STANDARD })).expect("terms kept");
        let policy = sync::wire::sign(hub::packs::dorset(mode).expect("a pack"), &authority.signing).expect("a policy");
        store.write(|tx| trust::put_policy(tx, 1, &policy.bytes, &policy.signature)).expect("a policy kept");
        World::of(folder, store, authority, (MORNING, 7))
    }

    /// Another world that is as this one is now, and goes its own way by `chance`. Nobody may be signed in here.
    pub fn copied(&self, chance: u64) -> World {
        let folder = crate::small::scratch();
        copy(self.folder.path(), folder.path()).expect("copied");
        let home = folder.path().join("hub");
        let authority = Authority::load(&home).expect("an authority");
        let store = Store::open(&home.join("hub.db"), &authority.database).expect("a store");
        let world = World::of(folder, store, authority, (self.now().millis(), chance));
        world.clocks.ticks.store(self.clocks.ticks.load(Ordering::Relaxed), Ordering::Relaxed);
        world
    }

    fn of(folder: TempDir, store: Store, authority: Authority, (now, chance): (i64, u64)) -> World {
        let devices = std::fs::read_dir(folder.path()).expect("a folder").flatten();
        let devices = devices.filter(|entry| entry.file_name().to_string_lossy().starts_with("device-")).count();
        let region = Region { name: "Testshire".into(), hub: organisation("ZZHUB", "Testshire hub") };
        let clock = Arc::new(AtomicI64::new(now));
        let (hub_clock, names) = (clock.clone(), AtomicUsize::new(devices + 1));
        let hub = Hub::new(
            store,
            authority,
            region,
            move || Stamp::from_millis(hub_clock.load(Ordering::Relaxed)),
            move || format!("D{}", names.fetch_add(1, Ordering::Relaxed)).parse::<DeviceId>().expect("a device id"),
        );
        let weather = Arc::new(Weather::fair());
        let clocks = DeviceClocks { boot: AtomicU64::new(1), zone: AtomicU64::new(1), ..DeviceClocks::default() };
        let (clocks, chance) = (Arc::new(clocks), Arc::new(AtomicU64::new(chance)));
        World { hub, weather, clock, clocks, chance, folder }
    }

    /// From the next round on, licences are as the standard terms say.
    pub fn license(&self) {
        self.write(|tx| lease::put_terms(tx, Terms::STANDARD));
    }

    pub fn now(&self) -> Stamp {
        Stamp::from_millis(self.clock.load(Ordering::Relaxed))
    }

    /// Time passes, for everybody.
    pub fn pass(&self, duration: SignedDuration) {
        let millis = duration.as_millis() as i64;
        self.clock.fetch_add(millis, Ordering::Relaxed);
        // No counter runs backwards, whatever a clock is set to.
        self.clocks.ticks.fetch_add(millis.max(0), Ordering::Relaxed);
    }

    /// Every device is switched off, for this long, and on again.
    pub fn off_and_on(&self, duration: SignedDuration) {
        self.clock.fetch_add(duration.as_millis() as i64, Ordering::Relaxed);
        self.clocks.boot.fetch_add(1, Ordering::Relaxed);
        self.clocks.ticks.store(1_000, Ordering::Relaxed);
    }

    /// Somebody sets the wall clock of the devices, by so much.
    pub fn set_clock(&self, by: SignedDuration) {
        self.clocks.off.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }

    /// Somebody sets the hub's clock, by so much; the devices' stay as they are.
    pub fn set_hub_clock(&self, by: SignedDuration) {
        let millis = by.as_millis() as i64;
        self.clock.fetch_add(millis, Ordering::Relaxed);
        self.clocks.off.fetch_sub(millis, Ordering::Relaxed);
    }

    pub fn cut(&self, cut: bool) {
        self.weather.cut.store(cut, Ordering::Relaxed);
    }

    /// Registers somebody, puts them on caseload `TEAM`, and gives them an enrolled, signed-in device.
    pub async fn nurse(&self, id: &str) -> Worker {
        self.worker(id, Role::RegulatedClinician).await
    }

    pub async fn worker(&self, id: &str, role: Role) -> Worker {
        self.register(id, role);
        let worker = self.unenrolled(id);
        let text = self.ticket(&worker.staff);
        worker.ask(Enrol { ticket: text.into(), pin: PIN.to_owned().into() }).await.expect("enrolled");
        worker
    }

    pub fn register(&self, id: &str, role: Role) {
        let actor = Actor {
            staff: id.parse().expect("a staff id"),
            name: format!("Worker {id}"),
            role,
            title: "Community nurse".into(),
            organisation: organisation("ZZC1", "Testshire Community Trust"),
        };
        self.write(|tx| {
            caseload::put_staff(tx, &actor, true)?;
            let team = caseload::put_caseload(tx, "TEAM", "Team", &actor.organisation)?;
            caseload::assign(tx, team, &actor.staff)
        });
    }

    /// A device that nobody enrolled yet.
    pub fn unenrolled(&self, id: &str) -> Worker {
        self.unenrolled_with(id, |ports| ports)
    }

    /// The same, with other ports.
    pub fn unenrolled_with(&self, id: &str, ports: impl FnOnce(Ports) -> Ports) -> Worker {
        let home = self.folder.path().join(format!("device-{id}"));
        let device = Device::open(home.clone(), ports(self.ports(&home))).expect("a device");
        Worker { device, staff: id.parse().expect("a staff id"), home }
    }

    pub fn ports(&self, home: &Path) -> Ports {
        let (clock, device) = (self.clock.clone(), self.clocks.clone());
        Ports {
            clock: Arc::new(move || Reading {
                wall: Stamp::from_millis(clock.load(Ordering::Relaxed) + device.off.load(Ordering::Relaxed)),
                ticks: Some(Ticks {
                    boot: device.boot.load(Ordering::Relaxed),
                    millis: device.ticks.load(Ordering::Relaxed),
                }),
                zone: device.zone.load(Ordering::Relaxed),
            }),
            entropy: Arc::new(Counted(self.chance.clone())),
            keystore: Arc::new(FileKeystore::at(home.join("keystore"))),
            gauges: Arc::new(device::native::gauges),
            tray: Arc::new(FileTray::Folder(home.to_path_buf())),
            carrier: Arc::new(Wire { hub: self.hub.clone(), weather: self.weather.clone() }),
            nearby: Arc::new(Room { weather: self.weather.clone() }),
            scanner: None,
        }
    }

    pub fn ticket(&self, staff: &StaffId) -> String {
        let mut random = [0u8; 20];
        Counted(self.chance.clone()).fill(&mut random);
        let expires = self.now().plus(SignedDuration::from_hours(24));
        let made = ticket(&mut self.hub.store(), &self.hub.authority, "hub.test:8443", staff, &random, expires);
        made.expect("a ticket").to_text()
    }

    /// One unit of work at the hub.
    pub fn write<T>(&self, work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>) -> T {
        self.hub.store().write(work).expect("the hub's store")
    }

    /// Sends a FHIR document to the hub as a feed of the practice `ZZG1`.
    pub fn feed(&self, document: &Value) {
        self.feed_from("ZZG1", "Mill Lane Surgery", document);
    }

    pub fn feed_from(&self, ods: &str, name: &str, document: &Value) {
        self.feed_text(ods, name, &document.to_string());
    }

    /// The same with the very bytes of the source.
    pub fn feed_text(&self, ods: &str, name: &str, document: &str) {
        let chance = Counted(self.chance.clone());
        let mut fresh_id = || {
            let mut bytes = [0; 16];
            chance.fill(&mut bytes);
            PersonId::from_bytes(bytes)
        };
        let source = SourceSpec { organisation: organisation(ods, name), setting: Setting::GpPractice };
        let mut store = self.hub.store();
        let mut feed = Feed::new(&mut store, source, self.now(), &mut fresh_id).expect("a feed");
        intake::admit_bundle(&mut store, &mut feed, "story", document).expect("taken in");
    }

    /// A person with a problem and an allergy, on the team's caseload, who chose `choice`.
    pub fn person(&self, stem: u32, family: &str, choice: Choice) -> PersonId {
        let nhs = record::NhsNumber::from_stem(999_000_000 + stem).expect("a valid stem").digits();
        let subject = json!({ "reference": format!("Patient/p{stem}") });
        let entry = |resource: Value| json!({ "resource": resource });
        self.feed(&json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            entry(json!({ "resourceType": "Patient", "id": format!("p{stem}"), "birthDate": "1941-05-06", "gender": "female",
                "name": [{ "use": "official", "family": family, "given": ["Ada"] }],
                "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs,
                    "extension": [{ "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                        "valueCodeableConcept": { "coding": [{ "code": "01" }] } }] }] })),
            entry(json!({ "resourceType": "Condition", "id": format!("c{stem}"), "subject": subject,
                "clinicalStatus": { "coding": [{ "code": "active" }] }, "recordedDate": "2024-02-03",
                "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "38341003", "display": "Hypertension" }] } })),
            entry(json!({ "resourceType": "AllergyIntolerance", "id": format!("a{stem}"), "patient": subject,
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "91936005", "display": "Allergy to penicillin" }] } })),
        ]}));
        let row = self.row_of(&nhs);
        let recorded =
            Recorded { choice, decided: Some(self.now()), decided_by: DecidedBy::Person, ..Recorded::nothing() };
        let now = self.now();
        self.write(|tx| {
            if choice != Choice::None {
                trust::record_choice(tx, row, &recorded, &format!("story/{stem}"), u64::MAX, now)?;
            }
            let team = caseload::put_caseload(tx, "TEAM", "Team", &organisation("ZZC1", "Testshire Community Trust"))?;
            caseload::join(tx, team, row, Relationship::Established)
        });
        self.write(|tx| people::person_id(tx, row)).expect("a person")
    }

    /// The hub learns its region's dictionaries, as a hub does once there are people enough, and folds everybody with them. Gives
    /// the people it learnt from, with their stems.
    pub fn learn(&self) -> Vec<(u32, PersonId)> {
        // One stem in eleven has no check digit.
        let stems = (100..140).filter(|stem| record::NhsNumber::from_stem(999_000_000 + stem).is_some());
        let people = stems.map(|stem| (stem, self.person(stem, &format!("Learnt{stem}"), Choice::Y3))).collect();
        let (mut store, now) = (self.hub.store(), self.now());
        assert!(hub::frames::learn(&mut store, now).expect("samples"), "too few to learn from");
        while hub::frames::prepare(&mut store, 100, now).expect("frames") > 0 {}
        drop(store);
        people
    }

    /// A copy of the hub's database as it is now.
    pub fn back_up(&self) -> PathBuf {
        let (from, to) = (self.hub_file(), self.folder.path().join("hub-copy.db"));
        let conn = rusqlite::Connection::open(&from).expect("the hub's file");
        let key: String = self.hub.authority.database.iter().map(|b| format!("{b:02x}")).collect();
        conn.execute_batch(&format!("pragma key = \"x'{key}'\"; pragma wal_checkpoint(truncate);"))
            .expect("a checkpoint");
        std::fs::copy(from, &to).expect("a copy");
        to
    }

    /// The hub runs on from an older copy.
    pub fn restore(&self, copy: &Path) {
        let mut store = self.hub.store();
        let fresh = self.folder.path().join("hub").join("restored.db");
        std::fs::copy(copy, &fresh).expect("a copy");
        *store = Store::open(&fresh, &self.hub.authority.database).expect("a store");
    }

    fn hub_file(&self) -> PathBuf {
        self.hub.store().path().to_owned()
    }

    pub fn row_of(&self, nhs: &str) -> i64 {
        let holders = self.write(|tx| people::holders(tx, "https://fhir.nhs.uk/Id/nhs-number", nhs));
        holders.first().expect("somebody with this number").0
    }

    pub fn team(&self) -> i64 {
        self.write(|tx| caseload::caseload_row(tx, "TEAM")).expect("the team")
    }
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

/// The files of a device at one moment.
pub struct Image(Vec<(PathBuf, Vec<u8>)>);

impl Worker {
    /// The whole device while nobody is signed in: its vault, and its keystore.
    pub fn image(&self) -> Image {
        let keystore = std::fs::read_dir(self.home.join("keystore")).expect("a keystore").flatten().map(|e| e.path());
        let vault = ["vault.db", "anchor"].into_iter().map(|name| self.vault().join(name));
        Image(vault.chain(keystore).map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect())
    }

    /// Puts an older copy back with its keystore, so that nothing on the device knows better: a clone, or a whole image restored.
    pub fn put_back(&self, image: &Image) {
        for name in ["vault.db-wal", "vault.db-shm"] {
            let _ = std::fs::remove_file(self.vault().join(name));
        }
        for (path, bytes) in &image.0 {
            std::fs::write(path, bytes).expect("put back");
        }
    }

    /// Asks as the screen does: through bytes, both ways, with the screen's own reader, which must have read all that was written.
    pub async fn ask<Q: Question>(&self, question: Q) -> Reply<Q> {
        let bytes = serde_json::to_vec(&question.into_ask()).expect("a question");
        let answer = self.device.ask(&bytes).await;
        let reply = std::str::from_utf8(&answer).ok().and_then(desk::read::reply::<Q>);
        let reply = reply.expect("a reply of the question's type");
        assert_eq!(serde_json::to_vec(&reply).expect("a reply"), answer, "the screen's reader lost something");
        reply
    }

    /// Makes an override ready with the PIN, and confirms it.
    pub async fn break_glass(&self, glass: desk::ask::ReadyGlass) -> Reply<BreakGlass> {
        let person = glass.person;
        let ready = self.ask(glass).await?;
        assert!(ready.until > Stamp::from_millis(0));
        self.ask(BreakGlass { person }).await
    }

    pub async fn sync(&self) -> Posted {
        self.ask(SyncNow {}).await.expect("a round with the hub")
    }

    pub async fn status(&self) -> Status {
        self.ask(GetStatus {}).await.expect("a status")
    }

    pub async fn caseload(&self) -> Caseload {
        self.ask(OpenCaseload { search: String::new(), sort: Sort::Name }).await.expect("a caseload")
    }

    pub async fn open(&self, person: PersonId) -> Reply<OpenChart> {
        self.ask(OpenChart { person, purpose: Purpose::Treat, wants: Sections::ALL }).await
    }

    pub async fn opened(&self, person: PersonId) -> OpenedChart {
        self.open(person).await.expect("a record")
    }

    /// The same device in a copy of its world; nobody is signed in.
    pub fn copied(&self, world: &World) -> Worker {
        let home = world.folder.path().join(format!("device-{}", self.staff));
        let device = Device::open(home.clone(), world.ports(&home)).expect("a device");
        Worker { device, staff: self.staff.clone(), home }
    }

    /// The PIN is stretched as little as it can be: for faults that are injected thousands of times. Nobody may be signed in.
    pub fn weaken(&self) {
        let secret = std::fs::read(self.home.join("keystore").join(format!("satchel-{}", self.staff)));
        let secret = secret.expect("a keystore").try_into().expect("32 bytes");
        crate::small::weaken(&self.vault(), &secret);
    }

    /// The app is closed and started again over the same folder; nobody is signed in.
    pub fn restarted(self, world: &World) -> Worker {
        let Worker { device, staff, home } = self;
        drop(device);
        let device = Device::open(home.clone(), world.ports(&home)).expect("a device");
        Worker { device, staff, home }
    }

    pub async fn sign_in(&self) -> Result<Status, desk::Trouble> {
        self.ask(desk::ask::SignIn { staff: self.staff.clone(), pin: PIN.to_owned().into() }).await
    }

    /// Signs in again after the device locked itself for lying unused.
    pub async fn sign_in_again(self) -> Worker {
        self.sign_in().await.expect("signed in");
        self
    }

    /// The vault's folder.
    pub fn vault(&self) -> PathBuf {
        self.home.join("users").join(self.staff.as_str())
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (entry, to) = (entry?, to);
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?
        } else {
            std::fs::copy(entry.path(), place).map(drop)?
        }
    }
    Ok(())
}

pub fn organisation(ods: &str, name: &str) -> Organisation {
    Organisation { ods: ods.parse().expect("an ODS code"), name: name.to_owned() }
}

/// The names of a reply's trouble, for tables: `Refused`, `Locked`, …
pub fn name_of<T>(reply: &Result<T, desk::Trouble>) -> String {
    match reply {
        Ok(_) => "Ok".to_owned(),
        Err(trouble) => format!("{trouble:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned(),
    }
}
