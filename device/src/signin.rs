//! Who is holding the device: signing in with a PIN, signing out, locking when idle, changing the PIN. The actor of everything asked
//! afterwards is the vault's owner; the screen never says who it is.

use crate::outbox;
use crate::scrub;
use crate::state::{Device, IDLE_MINUTES, anchor_name, key_trouble, keystore_trouble, trouble_of};
use desk::view::{BrokenGlass, LicenceView, Link, Status};
use desk::{Nudge, Trouble};
use record::{StaffId, Stamp};
use vault::key::Pin;
use vault::{Reading, Standing, Vault};

impl Device {
    /// Opens this user's vault. Whoever was signed in before is signed out first.
    pub(crate) fn sign_in(&self, staff: &StaffId, pin: &str) -> Result<(), Trouble> {
        let done = self.open_vault(staff, pin);
        scrub::stack();
        done.map_err(|trouble| self.in_truth(trouble))
    }

    fn open_vault(&self, staff: &StaffId, pin: &str) -> Result<(), Trouble> {
        let home = self.homes.of(staff);
        if !vault::exists(&home) {
            return Err(Trouble::NotEnrolled);
        }
        let secret = self.keystore_secret(staff)?;
        self.close(false)?;
        let turn = self.anchors();
        let anchor = self.ports.keystore.get(&anchor_name(staff)).map_err(|f| keystore_trouble(&f))?;
        drop(turn);
        let now = self.reading();
        let mut vault = Vault::unlock(&home, &Pin::to_try(pin), &secret, anchor.as_deref(), (now, self.random()))
            .map_err(|f| trouble_of(&f))?;
        // Time has passed since: what may not stay is gone before anything is shown.
        vault.sweep(self.random(), now.wall).map_err(|f| trouble_of(&f))?;
        outbox::keep_card_of(&vault, &home)?;
        let mut state = self.state();
        state.open = Some(vault);
        state.last_used = now;
        state.trouble = None;
        drop(state);
        self.keep_anchor();
        self.nudge(Nudge::Status);
        self.wake.notify_one();
        Ok(())
    }

    /// Signs out, or locks: the same, but for the word in the audit.
    pub(crate) fn close(&self, idle: bool) -> Result<(), Trouble> {
        let done = self.close_vault(idle);
        scrub::stack();
        done
    }

    fn close_vault(&self, idle: bool) -> Result<(), Trouble> {
        let reading = self.reading();
        self.state().listening = None;
        self.stop_scan();
        let open = self.state().open.take();
        let Some(mut vault) = open else { return Ok(()) };
        vault.observe(reading);
        let staff = vault.actor().staff.clone();
        // The vault is closed and its key wiped even if the entry cannot be written.
        let closed = vault.close(idle, reading.wall).map_err(|f| trouble_of(&f)).map(|anchor| {
            // A keystore that fails keeps the anchor before, which is older and still right.
            let _turn = self.anchors();
            let _ = self.ports.keystore.put(&anchor_name(&staff), &anchor);
        });
        self.nudge(Nudge::Locked);
        closed
    }

    /// No camera stays on behind a page that was left or a device that locked.
    pub(crate) fn stop_scan(&self) {
        if let Some(scanner) = &self.ports.scanner {
            scanner.stop();
        }
    }

    /// Locks if nobody has asked anything for a while. Called on every question and by the courier's clock.
    pub(crate) fn lock_if_idle(&self) {
        let limit = i64::from(IDLE_MINUTES) * 60_000;
        let state = self.state();
        let idle = state.open.is_some() && unused(state.last_used, self.reading()) > limit;
        drop(state);
        if idle && let Err(trouble) = self.close(true) {
            self.state().trouble = Some(trouble);
        }
    }

    pub(crate) fn change_pin(&self, old: &str, new: &str) -> Result<(), Trouble> {
        let new = Pin::new(new).map_err(|e| key_trouble(&e))?;
        let staff = self.with_vault(|vault| Ok(vault.actor().staff.clone()))?;
        let secret = self.keystore_secret(&staff)?;
        let fresh = (self.random(), self.random());
        let now = self.now();
        self.with_vault(|vault| vault.change_pin(&Pin::to_try(old), &new, &secret, fresh, now))
    }

    /// The device's state, signed in or not.
    pub(crate) fn status(&self) -> Result<Status, Trouble> {
        let reading = self.reading();
        let now = reading.wall;
        let users = self.homes.users().map_err(outbox::failing)?;
        let mut state = self.state();
        if let Some(vault) = &mut state.open {
            vault.observe(reading);
        }
        let standing = state.open.as_ref().map(|v| v.standing(now)).transpose().map_err(|f| trouble_of(&f))?;
        let policy = state.open.as_ref().and_then(Vault::policy);
        let glass = match &state.open {
            Some(vault) => broken_glass(vault, now).map_err(|f| trouble_of(&f))?,
            None => None,
        };
        let mut trouble = state.trouble.clone();
        if standing.is_some_and(|s| s.over) {
            trouble = Some(Trouble::Revoked);
        }
        if let Some(at) = standing.and_then(|s| s.broken) {
            trouble = Some(Trouble::AuditBroken { at });
        }
        if let Some(sign) = standing.and_then(|s| s.log_sign) {
            trouble = Some(Trouble::HubLog { sign });
        }
        Ok(Status {
            users,
            signed_in: state.open.as_ref().map(|v| v.actor().clone()),
            link: link(&state.link, state.airplane, standing.and_then(|s| s.checked), policy, now),
            synced: standing.and_then(|s| s.checked),
            unsent: standing.map_or(0, |s| s.unsent),
            receipted: standing.and_then(|s| s.receipted_at),
            clock_in_doubt: standing.is_some_and(|s| s.clock_in_doubt),
            doubts: standing.map_or_else(Vec::new, |s| s.doubts.iter().map(|d| d.label().to_owned()).collect()),
            licence: standing.and_then(|s| licence(&s, now)),
            keystore: self.ports.keystore.kind(),
            scanner: self.ports.scanner.is_some(),
            trouble,
            now,
            idle_minutes: IDLE_MINUTES,
            view_mode: policy.map(|p| p.mode),
            glass,
            sealed: if state.open.is_none() { self.homes.sealed().unwrap_or_default() } else { 0 },
        })
    }
}

/// Milliseconds without use, by the counter that nobody can set where there is one: a clock set back keeps nothing open.
fn unused(last: Reading, now: Reading) -> i64 {
    match (last.ticks, now.ticks) {
        (Some(last), Some(now)) if last.boot == now.boot => now.millis.saturating_sub(last.millis),
        _ => now.wall.millis().saturating_sub(last.wall.millis()).saturating_abs(),
    }
}

/// The countdown that the screen shows.
fn licence(standing: &Standing, now: Stamp) -> Option<LicenceView> {
    let licensed = standing.licensed?;
    let left = licensed.until.since(standing.at.max(now));
    Some(LicenceView {
        until: licensed.until,
        minutes_left: if standing.lapsed { 0 } else { left.as_mins().max(1) },
        ended: standing.lapsed,
        extensions_left: licensed.extensions_left(),
        extension_hours: licensed.lending.extension_hours,
    })
}

/// The glass that is broken, with the name of whose record it is.
fn broken_glass(vault: &Vault, now: Stamp) -> Result<Option<BrokenGlass>, vault::VaultFault> {
    let Some(glass) = vault.glass(now)? else { return Ok(None) };
    let name = vault.row(glass.person)?.map(|row| row.listing.banner).unwrap_or_default();
    let vault::Glass { person, until, widened, in_shift, expected } = glass;
    Ok(Some(BrokenGlass { person, name, until, widened, in_shift, expected }))
}

/// What the chip says. "Not safe to rely on" outranks being offline: it is about the record, not the network.
fn link(
    network: &Link,
    airplane: bool,
    checked: Option<Stamp>,
    policy: Option<&record::consent::Policy>,
    now: Stamp,
) -> Link {
    use record::consent::Freshness;
    let too_old = policy.is_some_and(|p| p.freshness(checked, now) == Freshness::TooOld);
    match (network, too_old, airplane) {
        (Link::Syncing { .. }, _, false) => *network,
        (_, true, _) => Link::NotSafe,
        (_, false, true) => Link::Airplane,
        (_, false, false) => *network,
    }
}
