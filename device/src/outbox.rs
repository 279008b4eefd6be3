//! The outbox as the device sends it: sealed segments beside each vault, and colleagues' segments carried for them, brought to the hub
//! without a PIN and let go against its receipts. Nothing here can open one.

use crate::ports::{CarryFault, HubCard, Link};
use crate::state::{Device, carry_trouble, disk, trouble_of};
use desk::Trouble;
use desk::trouble::Field;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use vault::parcels::{self, Parcel, RECEIPT, SEGMENT, SegmentId, Settled};
use vault::{Vault, VaultFault};

/// Beside the segments: where to bring them.
const CARD: &str = "hub.json";

/// A segment on this device that no hub has said it holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Lying {
    /// Random, and nothing else.
    pub name: String,
    /// Commits sealed in it.
    pub commits: u64,
    pub bytes: u64,
    /// A colleague's, carried for them.
    pub carried: bool,
    /// Why it does not go by itself, if it does not.
    pub stuck: Option<Stuck>,
}

/// Why a sealed file does not go by itself. It stays where it is, and is counted as not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Stuck {
    /// Longer than any that goes over a network: `outbox carry` writes it to a folder, and the hub's administrator takes it in from there.
    TooLong,
    /// Harmed: the hub could not read it, or it is no sealed file any more.
    Harmed,
    /// The hub answers that it does not know whose device sealed it.
    UnknownToHub,
}

/// What came of an exchange of segments and receipts through a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swapped {
    /// Segments written out, or taken in.
    pub segments: u32,
    /// Receipts written out, or taken in and right.
    pub receipts: u32,
    /// Files that are neither, or receipts that fit nothing here: left alone.
    pub left: u32,
}

/// What came of bringing segments to the hub.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivered {
    /// Segments that the hub now holds.
    pub(crate) held: u32,
    /// Photographs or pictures were left for later.
    pub(crate) slow_left: bool,
}

/// A picture for which the hub had no room is brought again after so long, or once something else of these devices was taken.
const ROOM_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// So the hub says that it has none (`413`: an author's pictures that nobody signed have a limit of their own).
const NO_ROOM: u16 = 413;
/// So it says that a segment is not one that it can read, and that it does not know whose it is.
const UNREAD: u16 = 400;
const UNKNOWN: u16 = 403;

/// What became of one segment.
enum Brought {
    Held,
    /// A picture that the hub has no room for: it stays here.
    Stays,
    /// This hub cannot read it.
    Unread,
    /// This hub does not know whose it is.
    Unknown,
}

/// How a segment goes: our own, or a colleague's.
type Settle = fn(&Path, &[u8], &[u8; 32]) -> Result<Settled, VaultFault>;

/// Keeps what must be known to send a vault's outbox while the vault is closed, or lost.
pub(crate) fn keep_card(home: &Path, card: &HubCard) -> io::Result<()> {
    let folder = parcels::folder(home);
    let path = folder.join(CARD);
    let json = serde_json::to_vec(card).map_err(io::Error::other)?;
    if fs::read(&path).is_ok_and(|held| held == json) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    vault::key::replace_file(&path, &json)
}

/// The same from an open vault: made before there was an outbox, or put back without it.
pub(crate) fn keep_card_of(vault: &Vault, home: &Path) -> Result<(), Trouble> {
    let link = vault.link().map_err(|f| trouble_of(&f))?;
    let link: Link = serde_json::from_slice(&link).map_err(|_| Trouble::Fault { place: "outbox:link".into() })?;
    let card = HubCard { hub: link.hub, authority: link.authority.clone(), key: vault.hub_key() };
    keep_card(home, &card).map_err(failing)
}

fn card(folder: &Path) -> Option<HubCard> {
    serde_json::from_slice(&fs::read(folder.join(CARD)).ok()?).ok()
}

impl Device {
    /// Everything sealed on this device that no hub has said it holds. Needs no PIN.
    pub fn outbox(&self) -> Result<Vec<Lying>, Trouble> {
        let own = self.own_parcels().map_err(failing)?.into_iter().map(|(_, parcel)| (parcel, false));
        let carried = parcels::list(&self.homes.carried()).map_err(failing)?.into_iter().map(|parcel| (parcel, true));
        let turned_away = self.state().turned_away.clone();
        let lying = |(p, carried): (Parcel, bool)| Lying {
            stuck: match p.is_too_long() {
                true => Some(Stuck::TooLong),
                false => turned_away.contains(&p.id).then_some(Stuck::UnknownToHub),
            },
            name: p.id.to_string(),
            commits: p.commits,
            bytes: p.length,
            carried,
        };
        let mut all: Vec<Lying> = own.chain(carried).map(lying).collect();
        let mut folders = self.homes.outboxes().map_err(failing)?;
        folders.push(self.homes.carried());
        for folder in folders {
            for path in parcels::harmed(&folder).map_err(failing)? {
                all.push(Lying {
                    name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    commits: 0,
                    bytes: fs::metadata(&path).map_err(failing)?.len(),
                    carried: folder == self.homes.carried(),
                    stuck: Some(Stuck::Harmed),
                });
            }
        }
        Ok(all)
    }

    /// Brings everything that is sealed here to the hub, signed in or not; gives how many segments the hub now holds.
    pub async fn send_outbox(&self) -> Result<u32, Trouble> {
        if self.state().airplane {
            return Err(Trouble::HubUnreachable);
        }
        let _one_at_a_time = self.round.lock().await;
        Ok(self.deliver(true).await?.held)
    }

    /// With the round's lock held. All text first, whoever's it is; then, if `slow`, photographs and pictures, as long as nobody waits for a round.
    pub(crate) async fn deliver(&self, slow: bool) -> Result<Delivered, Trouble> {
        let mut done = Delivered::default();
        let mut trouble = None;
        let cards = self.cards().map_err(failing)?;
        let mut all: Vec<(Parcel, Vec<HubCard>, Option<PathBuf>)> = Vec::new();
        for (folder, parcel) in self.own_parcels().map_err(failing)? {
            // What the open vault wrote goes with its own posts.
            let open = self.state().open.as_ref().is_some_and(|vault| vault.wrote(&parcel));
            // Where its own card is lost, whichever hub this device knows may be its own.
            let cards = card(&folder).map_or_else(|| cards.clone(), |card| vec![card]);
            if !open {
                all.push((parcel, cards, Some(folder)));
            }
        }
        for parcel in parcels::list(&self.homes.carried()).map_err(failing)? {
            all.push((parcel, cards.clone(), None));
        }
        all.retain(|(parcel, ..)| !parcel.is_too_long());
        all.sort_by_key(|(parcel, ..)| parcel.is_slow());
        let lying: BTreeSet<SegmentId> = all.iter().map(|(parcel, ..)| parcel.id).collect();
        self.state().no_room.retain(|id, _| lying.contains(id));
        // One author's pictures have one room: where one did not fit, the rest of that vault's need not be carried over the line to hear the same.
        let mut full: BTreeSet<PathBuf> = BTreeSet::new();
        for (parcel, cards, own) in all {
            if parcel.is_slow() && !(slow && self.may_go_on()) {
                done.slow_left = true;
                break;
            }
            let now = self.now();
            if self.state().no_room.get(&parcel.id).is_some_and(|(at, _)| now.since(*at) < ROOM_AGAIN) {
                full.extend(own);
                continue;
            }
            if parcel.is_piece() && own.as_ref().is_some_and(|folder| full.contains(folder)) {
                self.state().no_room.insert(parcel.id, (now, own));
                continue;
            }
            let settle: Settle = if own.is_some() { parcels::settle } else { parcels::settle_carried };
            let mut unread = 0;
            for card in &cards {
                match self.bring(card, &parcel, settle).await {
                    Ok(Brought::Held) => {
                        done.held += 1;
                        if !parcel.is_slow() {
                            // Something was signed or thrown away, perhaps: there may be room.
                            self.state().no_room.clear();
                            full.clear();
                        }
                        break;
                    }
                    Ok(Brought::Stays) => {
                        self.state().no_room.insert(parcel.id, (now, own.clone()));
                        full.extend(own.clone());
                        break;
                    }
                    Ok(Brought::Unread) => unread += 1,
                    Ok(Brought::Unknown) => {
                        self.state().turned_away.insert(parcel.id);
                    }
                    Err(Trouble::HubUnreachable) => return Err(Trouble::HubUnreachable),
                    Err(other) => trouble = Some(other),
                }
            }
            if unread > 0 && unread == cards.len() {
                // Every hub there is has said so: it is kept, counted and named, and not brought for ever.
                parcels::refuse(&parcel.path).map_err(failing)?;
            }
        }
        // One that its hub does not take does not hold up the others.
        trouble.map_or(Ok(done), Err)
    }

    /// Whether pictures of whoever is signed in stay here because the hub has no room for them.
    pub(crate) fn pictures_stay(&self) -> bool {
        let state = self.state();
        let folder = state.open.as_ref().map(|vault| parcels::folder(&self.homes.of(&vault.actor().staff)));
        folder.is_some_and(|folder| state.no_room.values().any(|(_, own)| own.as_ref() == Some(&folder)))
    }

    async fn bring(&self, card: &HubCard, parcel: &Parcel, settle: Settle) -> Result<Brought, Trouble> {
        // The drafts of an open vault are sealed anew while somebody types: what is replaced by now need not be brought.
        let replaced = || !parcel.path.exists();
        let bytes = match parcels::read(&parcel.path) {
            Err(_) if replaced() => return Ok(Brought::Held),
            read => read.map_err(|f| trouble_of(&f))?,
        };
        let receipt = match self.ports.carrier.deliver(card, bytes).await {
            Ok(receipt) => receipt,
            Err(CarryFault::HubFault { status: NO_ROOM }) => return Ok(Brought::Stays),
            Err(CarryFault::HubFault { status: UNREAD }) => return Ok(Brought::Unread),
            Err(CarryFault::HubFault { status: UNKNOWN }) => return Ok(Brought::Unknown),
            // One segment that the hub does not take is not the network.
            Err(CarryFault::HubFault { status }) if status < 500 => return Err(Trouble::NotOurHub),
            Err(other) => return Err(carry_trouble(other)),
        };
        match settle(&parcel.path, &receipt, &card.key) {
            Ok(_) => Ok(Brought::Held),
            Err(_) if replaced() => Ok(Brought::Held),
            // A word that is not the hub's: nothing was let go.
            Err(VaultFault::Outbox(_)) => Err(Trouble::NotOurHub),
            Err(other) => Err(trouble_of(&other)),
        }
    }

    // ---- the courier: a folder between two devices (or a line: `carrying`) ----------------------------------------------

    /// Writes copies of everything sealed here to a folder, for a colleague to carry, and the receipts that are owed to others.
    pub fn carry_out(&self, to: &Path) -> Result<Swapped, Trouble> {
        let mut done = Swapped::default();
        fs::create_dir_all(to).map_err(|fault| unfit(to, fault))?;
        for parcel in self.to_be_carried()? {
            let bytes = parcels::whole(&parcel.path).map_err(|f| trouble_of(&f))?;
            parcels::take(to, &bytes).map_err(|f| trouble_of(&f))?;
            done.segments += 1;
        }
        for (id, receipt) in self.receipts_owed()? {
            let bytes = fs::read(&receipt).map_err(failing)?;
            vault::key::replace_file(&parcels::receipt_of(to, id), &bytes).map_err(failing)?;
            done.receipts += 1;
        }
        Ok(done)
    }

    /// Takes in what a colleague's device wrote to a folder: their segments, to be carried, and receipts for ours. The folder is left as
    /// it is: taking twice is taking once.
    pub fn carry_in(&self, from: &Path) -> Result<Swapped, Trouble> {
        let mut done = Swapped::default();
        let own = self.own_parcels().map_err(failing)?;
        let mut files: Vec<PathBuf> = fs::read_dir(from)
            .map_err(|fault| unfit(from, fault))?
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<_, _>>()
            .map_err(failing)?;
        files.sort();
        for file in files {
            let is = |kind: &str| file.extension().is_some_and(|e| e == kind);
            if !file.is_file() {
                // A pipe by the name of a segment would be waited for.
                done.left += 1;
            } else if is(SEGMENT) {
                match parcels::read(&file).ok().and_then(|bytes| self.take_segment(&bytes, &own)) {
                    Some((_, new)) => done.segments += u32::from(new),
                    None => done.left += 1,
                }
            } else if is(RECEIPT) {
                let id = file.file_stem().and_then(|name| name.to_str()?.parse().ok());
                let took = id.zip(fs::read(&file).ok()).is_some_and(|(id, bytes)| take_receipt(id, &bytes, &own));
                done.receipts += u32::from(took);
                done.left += u32::from(!took);
            } else {
                done.left += 1;
            }
        }
        Ok(done)
    }

    /// What somebody else may bring to the hub: this device's own, and what it carries for others.
    pub(crate) fn to_be_carried(&self) -> Result<Vec<Parcel>, Trouble> {
        let own = self.own_parcels().map_err(failing)?.into_iter().map(|(_, parcel)| parcel);
        let carried = parcels::list(&self.homes.carried()).map_err(failing)?;
        Ok(own.chain(carried).collect())
    }

    /// The hub's receipts for what was carried, until its author has them.
    pub(crate) fn receipts_owed(&self) -> Result<Vec<(SegmentId, PathBuf)>, Trouble> {
        parcels::receipts(&self.homes.carried()).map_err(failing)
    }

    /// Which segment it is, and whether it is carried now; `None` if it is no segment, or cannot be kept.
    pub(crate) fn take_segment(&self, bytes: &[u8], own: &[(PathBuf, Parcel)]) -> Option<(SegmentId, bool)> {
        let id = parcels::id_of(bytes)?;
        // Ours came round again, or its receipt is here already.
        let known =
            own.iter().any(|(_, parcel)| parcel.id == id) || parcels::receipt_of(&self.homes.carried(), id).exists();
        if !known {
            parcels::take(&self.homes.carried(), bytes).ok()?;
        }
        Some((id, !known))
    }

    pub(crate) fn own_parcels(&self) -> io::Result<Vec<(PathBuf, Parcel)>> {
        let mut found = Vec::new();
        for folder in self.homes.outboxes()? {
            found.extend(parcels::list(&folder)?.into_iter().map(|parcel| (folder.clone(), parcel)));
        }
        Ok(found)
    }

    /// The hubs this device knows.
    fn cards(&self) -> io::Result<Vec<HubCard>> {
        let mut cards: Vec<HubCard> = Vec::new();
        for folder in self.homes.outboxes()? {
            cards.extend(card(&folder).filter(|card| !cards.contains(card)));
        }
        Ok(cards)
    }

    /// When the hub said it holds a segment carried for a colleague; for the screen.
    pub fn carried_receipts(&self) -> Result<usize, Trouble> {
        Ok(parcels::receipts(&self.homes.carried()).map_err(failing)?.len())
    }
}

/// Whether it let a segment of ours go: it fits one, and is the hub's.
pub(crate) fn take_receipt(id: SegmentId, receipt: &[u8], own: &[(PathBuf, Parcel)]) -> bool {
    let ours = own.iter().find(|(_, parcel)| parcel.id == id);
    ours.and_then(|(folder, parcel)| parcels::settle(&parcel.path, receipt, &card(folder)?.key).ok()).is_some()
}

/// A folder that somebody named, and that cannot be read or made: that is not this device's storage.
fn unfit(folder: &Path, fault: io::Error) -> Trouble {
    match fault.kind() {
        io::ErrorKind::StorageFull => failing(fault),
        _ => Trouble::Input { field: Field::Carry, mend: format!("{}: {fault}.", folder.display()) },
    }
}

pub(crate) fn failing(fault: io::Error) -> Trouble {
    disk(fault.kind())
}
