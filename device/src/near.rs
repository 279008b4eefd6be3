//! What passes over the local network. Listening at this device's addresses, for a bag or for the outbox ([`crate::carrying`]); and a bag
//! (decision 0045): the giver's device listens while its codes are shown, the receiver's connects to the addresses in
//! the slip it read. Bytes only: the vault makes and judges them, so nothing is answered once it locks. What cannot be reached costs a second, and
//! the codes are there all the same.
//!
//! Whoever connects is heard one after another and for a short time. Who has not read the slip gets no byte.

use crate::ports::{Nearby, Soon};
use crate::state::Device;
use desk::ask::{FetchBag, Reply};
use desk::bag::BagProgress;
use desk::{Nudge, Trouble};
use record::PersonId;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{error::Elapsed, timeout};
use vault::carry::LineFault;
use vault::near::{Granted, HANDSHAKE, LONGEST};
use zeroize::Zeroizing;

/// For the first word, and for a connection to be made: a room is not the internet.
pub(crate) const FIRST: Duration = Duration::from_secs(1);

/// For all of one connection: 4 MiB over a poor Wi-Fi.
const WHOLE: Duration = Duration::from_secs(15);

/// For the answer, while somebody who has just given their PIN looks on.
const ANSWER: Duration = Duration::from_secs(3);

/// A showing is not listened to for longer, whatever the screen says.
const SHOWN: Duration = Duration::from_secs(600);

/// A slip names no more addresses.
const MOST: usize = 3;

/// Why a connection came to nothing. It is told to nobody: the other end learns nothing, and this end has the codes.
#[derive(Debug, Error)]
pub(crate) enum Cut {
    #[error("the connection was cut")]
    Line(#[from] io::Error),
    #[error("nothing came in time")]
    Late(#[from] Elapsed),
    #[error("a record is longer than any may be")]
    Long,
    #[error("what was said is not the other end's")]
    Forged(#[from] LineFault),
    #[error("the vault did not take it")]
    NotTaken(Trouble),
}

impl From<Trouble> for Cut {
    fn from(trouble: Trouble) -> Cut {
        Cut::NotTaken(trouble)
    }
}

/// Where the giver may be reached, bound before the slip that says so is made.
pub(crate) struct Places(Vec<TcpListener>);

/// Listening, until this is dropped.
pub(crate) struct Listening(Vec<JoinHandle<()>>);

/// What is done with whoever connects: one at a time, for as long as it takes.
pub(crate) type Hears = fn(Arc<Device>, TcpStream) -> Soon<'static, ()>;

/// The bag whose codes are shown. Whoever it was and however it ended: the next.
pub(crate) fn bag(device: Arc<Device>, line: TcpStream) -> Soon<'static, ()> {
    Box::pin(async move {
        let _ = timeout(WHOLE, device.give(line)).await;
    })
}

impl Listening {
    /// Its time is over, or the network went away.
    pub(crate) fn is_over(&self) -> bool {
        self.0.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Places {
    /// None where there is no usable network, or its use is switched off.
    pub(crate) async fn take(device: &Device) -> Places {
        let mut bound = Vec::new();
        if !device.state().airplane {
            let nearby = &device.ports.nearby;
            for at in nearby.addresses().into_iter().filter(is_near).take(MOST) {
                bound.extend(nearby.listen(at).await);
            }
        }
        Places(bound)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// One connection at a time, at all of them.
    pub(crate) fn listen(self, device: &Weak<Device>, hears: Hears) -> Listening {
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        let hear = |listener| {
            let (device, turn) = (device.clone(), turn.clone());
            tokio::spawn(async move {
                // The end of its time is the end of it.
                let _ = timeout(SHOWN, hear(device, listener, (&turn, hears))).await;
            })
        };
        Listening(self.0.into_iter().map(hear).collect())
    }
}

async fn hear(device: Weak<Device>, listener: TcpListener, (turn, hears): (&tokio::sync::Mutex<()>, Hears)) {
    while let Ok((line, _)) = listener.accept().await {
        let _turn = turn.lock().await;
        let Some(device) = device.upgrade() else { return };
        hears(device, line).await;
    }
}

/// An address of the same room or building, never one of the internet.
fn is_near(at: &IpAddr) -> bool {
    match at {
        IpAddr::V4(at) => at.is_private() || at.is_link_local() || at.is_loopback(),
        IpAddr::V6(at) => at.is_unique_local() || at.is_loopback(),
    }
}

impl Device {
    /// One connection at the giver's device.
    async fn give(&self, mut line: TcpStream) -> Result<(), Cut> {
        let mut first = [0; HANDSHAKE];
        timeout(FIRST, line.read_exact(&mut first)).await??;
        let fresh = Zeroizing::new(self.random());
        let (mut giving, second) = self.with_vault(|vault| vault.near_hear(&first, fresh))?;
        line.write_all(&second).await?;
        let asked = record(&mut line).await?;
        let now = self.now();
        match self.with_vault(|vault| vault.near_grant(&mut giving, &asked, now))? {
            Granted::Answered(word) => {
                line.write_all(&word).await?;
                self.wake.notify_one();
                self.nudge(Nudge::Caseload);
            }
            Granted::Bag(word) => {
                line.write_all(&word).await?;
                while let Some(some) = self.with_vault(|vault| vault.near_next(&mut giving))? {
                    line.write_all(&some).await?;
                }
            }
        }
        Ok(line.shutdown().await?)
    }

    /// The whole bag of the slip that was read, from the device that shows it, if it can be reached.
    pub(crate) async fn fetch_bag(&self, asked: &FetchBag) -> Reply<FetchBag> {
        let (person, places) = self.with_vault(|vault| vault.near_reached())?;
        let mut whole = false;
        for at in self.worth_trying(places) {
            whole = whole || matches!(timeout(WHOLE, self.fetch(at)).await, Ok(Ok(())));
        }
        if !whole {
            return Ok(BagProgress { person, progress: 0, whole, strange: 0 });
        }
        let now = self.now();
        let answer = self.with_vault(|vault| vault.near_whole(asked.purpose, now))?;
        self.wake.notify_one();
        self.bag_progress(answer)
    }

    /// Brings the giver the answer, where the bag came this way: whether their device has it.
    pub(crate) async fn answer_giver(&self, person: PersonId, code: &str) -> bool {
        let Ok((whose, places)) = self.with_vault(|vault| vault.near_answers()) else { return false };
        for at in self.worth_trying(places).into_iter().filter(|_| whose == person) {
            if matches!(timeout(ANSWER, self.call(at, Some(code))).await, Ok(Ok(_))) {
                return true;
            }
        }
        false
    }

    pub(crate) fn worth_trying(&self, places: Vec<SocketAddr>) -> Vec<SocketAddr> {
        if self.state().airplane {
            return Vec::new();
        }
        places.into_iter().filter(|at| is_near(&at.ip())).take(MOST).collect()
    }

    async fn fetch(&self, at: SocketAddr) -> Result<(), Cut> {
        let (mut line, mut receiving) = self.call(at, None).await?;
        loop {
            let some = record(&mut line).await?;
            if self.with_vault(|vault| vault.near_receive(&mut receiving, &some))? {
                return Ok(());
            }
        }
    }

    /// A connection on which both ends have said who they are, and what is wanted was granted.
    async fn call(&self, at: SocketAddr, answer: Option<&str>) -> Result<(TcpStream, vault::near::Receiving), Cut> {
        let mut line = timeout(FIRST, self.ports.nearby.connect(at)).await??;
        // Words that wait for one another: nothing is gained by gathering them.
        line.set_nodelay(true)?;
        let fresh = Zeroizing::new(self.random());
        let (calling, first) = self.with_vault(|vault| vault.near_call(fresh))?;
        line.write_all(&first).await?;
        let mut second = [0; HANDSHAKE];
        line.read_exact(&mut second).await?;
        let now = self.now();
        let (mut receiving, asked) = self.with_vault(|vault| vault.near_ask((calling, &second, answer), now))?;
        line.write_all(&asked).await?;
        let word = record(&mut line).await?;
        self.with_vault(|vault| vault.near_granted(&mut receiving, &word))?;
        Ok((line, receiving))
    }
}

/// The next record. Its length is believed only within what any may be.
pub(crate) async fn record(line: &mut TcpStream) -> Result<Vec<u8>, Cut> {
    let length = usize::from(line.read_u16().await?);
    if length > LONGEST {
        return Err(Cut::Long);
    }
    let mut record = vec![0; length];
    line.read_exact(&mut record).await?;
    Ok(record)
}

/// The system's own network.
pub struct SystemNearby;

impl Nearby for SystemNearby {
    fn addresses(&self) -> Vec<IpAddr> {
        let found = if_addrs::get_if_addrs().unwrap_or_default();
        found.into_iter().filter(|one| !one.is_loopback()).map(|one| one.ip()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_listened_at_or_called() {
        let near = |at: &str| is_near(&at.parse().unwrap());
        for at in ["10.1.2.3", "172.20.10.2", "192.168.1.7", "169.254.3.4", "127.0.0.1", "fd12::1", "::1"] {
            assert!(near(at), "{at}");
        }
        for at in [
            "8.8.8.8",
            "172.32.0.1",
            "100.64.0.1",
            "224.0.0.251",
            "0.0.0.0",
            "2a00:1450::1",
            "fe80::1",
            "ff02::fb",
            "::",
        ] {
            assert!(!near(at), "{at}");
        }
    }
}
