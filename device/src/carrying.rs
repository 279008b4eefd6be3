//! The outbox handed to a colleague's device over the local network (decision 0052): one device shows a code and listens, the other reads the code,
//! takes the sealed work along and brings it to the hub, and gives the hub's receipts back the next time the two meet. Neither opens
//! anything, so the one that shows needs no PIN: its owner may have forgotten it. A folder does the same where there is no network
//! ([`crate::outbox`]).

use crate::bags::drawn;
use crate::near::{Cut, FIRST, Listening, Places, record};
use crate::outbox::{failing, take_receipt};
use crate::ports::Soon;
use crate::state::{Device, trouble_of};
use desk::ask::{CarryOutbox, Reply, ShowOutbox};
use desk::ready::{Carried, ShownOutbox};
use desk::trouble::Field;
use desk::trouble::StorageTrouble;
use desk::{Nudge, Trouble};
use qrcode::EcLevel;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use vault::carry::{CarryCode, Carrying, HANDSHAKE, Said};
use vault::parcels::{self, Parcel, SegmentId};
use zeroize::Zeroizing;

/// For all of one connection: a shift with its photographs over a poor Wi-Fi.
const WHOLE: Duration = Duration::from_secs(120);

/// No device carries more for others (bytes).
const MOST_CARRIED: u64 = 256 << 20;

/// A code is shown, and whoever reads it may fetch what is sealed here.
pub(crate) struct Lending {
    code: CarryCode,
    listening: Listening,
    /// Files that a colleague's device has since this is shown, and files that their receipts let go.
    given: u64,
    gone: u64,
}

impl Device {
    /// Shows the code, or goes on showing it, with what came of it. Nobody need be signed in.
    pub(crate) async fn show_outbox(&self) -> Reply<ShowOutbox> {
        let shown = self.state().lending.as_ref().is_some_and(|lending| !lending.listening.is_over());
        if !shown {
            let places = Places::take(self).await;
            let addresses = places.addresses();
            self.state().lending = (!addresses.is_empty()).then(|| Lending {
                code: CarryCode::new(self.random(), addresses),
                listening: places.listen(&self.me, outbox),
                given: 0,
                gone: 0,
            });
        }
        let sealed = self.own_parcels().map_err(failing)?.len() as u64;
        let state = self.state();
        let Some(lending) = &state.lending else {
            return Ok(ShownOutbox { code: None, picture: None, sealed, given: 0, gone: 0 });
        };
        let code = lending.code.to_code();
        let picture = Some(drawn(&code, EcLevel::M)?);
        Ok(ShownOutbox { code: Some(code), picture, sealed, given: lending.given, gone: lending.gone })
    }

    /// The code is no longer shown, and nobody is answered.
    pub(crate) fn hide_outbox(&self) {
        self.state().lending = None;
    }

    /// Fetches what the device that shows this code has sealed.
    pub(crate) async fn carry_outbox(&self, asked: &CarryOutbox) -> Reply<CarryOutbox> {
        // Whoever carries is somebody: the device is theirs to fill.
        self.with_vault(|_| Ok(()))?;
        let done = self.carry_from(&asked.code).await;
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        done
    }

    /// The same for the command line, where nobody need be signed in.
    pub async fn carry_from(&self, code: &str) -> Result<Carried, Trouble> {
        let code = CarryCode::read(code)
            .map_err(|_| mend("Enter the code that your colleague's device shows. It begins with SATCHEL-CARRY."))?;
        if self.state().airplane {
            return Err(mend("Turn airplane mode off first: the other device is reached over the local network."));
        }
        let mut done = Carried::default();
        for at in self.worth_trying(code.places.clone()) {
            match timeout(WHOLE, self.fetch_outbox(at, &code, &mut done)).await {
                Ok(Ok(())) => return Ok(done),
                // What came before a cut is here.
                Ok(Err(Cut::NotTaken(trouble))) => return Err(trouble),
                Ok(Err(_)) | Err(_) => {}
            }
        }
        if done == Carried::default() {
            return Err(mend(
                "That device was not reached. Put both on the same Wi-Fi or hotspot, and read the code it shows now.",
            ));
        }
        Ok(Carried { cut: true, ..done })
    }

    /// One connection at the device that shows the code.
    async fn lend(&self, mut line: TcpStream) -> Result<(), Cut> {
        let Some(code) = self.state().lending.as_ref().map(|lending| lending.code.clone()) else { return Ok(()) };
        let mut first = [0; HANDSHAKE];
        timeout(FIRST, line.read_exact(&mut first)).await??;
        let (carrying, second) = code.answer(&first, Zeroizing::new(self.random()))?;
        line.write_all(&second).await?;
        let mut talk = Talk { line, carrying };

        let own = self.own_parcels().map_err(failing)?;
        let mut took = Vec::new();
        loop {
            match talk.hear().await? {
                Said::Receipt { of, bytes } if take_receipt(of, &bytes, &own) => took.push(of),
                Said::Receipt { .. } | Said::Took(_) => {}
                Said::Segment(_) => return Err(Cut::Long),
                Said::End => break,
            }
        }
        self.lent(|lending| lending.gone += took.len() as u64);
        for of in took {
            talk.say(&Said::Took(of)).await?;
        }
        for parcel in self.to_be_carried()?.into_iter().filter(|parcel| !parcel.is_too_long()) {
            talk.say(&Said::Segment(parcels::read(&parcel.path).map_err(|f| trouble_of(&f))?)).await?;
        }
        self.give_receipts(&mut talk).await?;

        loop {
            match talk.hear().await? {
                Said::Took(of) => {
                    let given = own.iter().any(|(_, parcel)| parcel.id == of);
                    self.lent(|lending| lending.given += u64::from(given));
                    self.given_back(of)?;
                }
                Said::End => break,
                Said::Segment(_) | Said::Receipt { .. } => return Err(Cut::Long),
            }
        }
        self.nudge(Nudge::Status);
        Ok(talk.line.shutdown().await?)
    }

    async fn fetch_outbox(&self, at: SocketAddr, code: &CarryCode, done: &mut Carried) -> Result<(), Cut> {
        let mut line = timeout(FIRST, self.ports.nearby.connect(at)).await??;
        line.set_nodelay(true)?;
        let (opening, first) = code.open(Zeroizing::new(self.random()))?;
        line.write_all(&first).await?;
        let mut second = [0; HANDSHAKE];
        timeout(FIRST, line.read_exact(&mut second)).await??;
        let mut talk = Talk { line, carrying: Carrying::on(opening.answered(&second)?) };

        self.give_receipts(&mut talk).await?;
        let own = self.own_parcels().map_err(failing)?;
        let mut took = Vec::new();
        loop {
            match talk.hear().await? {
                Said::Took(of) => {
                    done.receipts += 1;
                    self.given_back(of)?;
                }
                Said::Segment(bytes) => {
                    let (of, taken) = self.carry(&bytes, &own)?;
                    done.files += u32::from(taken);
                    took.push(of);
                }
                Said::Receipt { of, bytes } if take_receipt(of, &bytes, &own) => {
                    done.gone += 1;
                    took.push(of);
                }
                Said::Receipt { .. } => {}
                Said::End => break,
            }
        }
        for of in took {
            talk.say(&Said::Took(of)).await?;
        }
        talk.say(&Said::End).await?;
        // It hangs up once it has taken note: both screens say the same from here on. What was taken is here all the same.
        let _ = timeout(FIRST, talk.line.read_u8()).await;
        Ok(())
    }

    /// Takes a colleague's segment along; it is on the disk when this returns.
    fn carry(&self, bytes: &[u8], own: &[(PathBuf, Parcel)]) -> Result<(SegmentId, bool), Trouble> {
        let lying = parcels::list(&self.homes.carried()).map_err(failing)?;
        let room = MOST_CARRIED.saturating_sub(lying.iter().map(|parcel| parcel.length).sum());
        if bytes.len() as u64 > room {
            return Err(Trouble::Storage(StorageTrouble::Full));
        }
        self.take_segment(bytes, own).ok_or(Trouble::Storage(StorageTrouble::Failing))
    }

    /// Every receipt that is owed, and the end of this side's turn.
    async fn give_receipts(&self, talk: &mut Talk) -> Result<(), Cut> {
        for (of, path) in self.receipts_owed()? {
            talk.say(&Said::Receipt { of, bytes: fs::read(path)? }).await?;
        }
        talk.say(&Said::End).await
    }

    /// The author has the hub's receipt: it is owed no longer.
    fn given_back(&self, of: SegmentId) -> Result<(), Cut> {
        match fs::remove_file(parcels::receipt_of(&self.homes.carried(), of)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault.into()),
            _ => Ok(()),
        }
    }

    fn lent(&self, count: impl FnOnce(&mut Lending)) {
        if let Some(lending) = &mut self.state().lending {
            count(lending);
        }
    }
}

/// Whoever connects while the code is shown, one after another.
fn outbox(device: Arc<Device>, line: TcpStream) -> Soon<'static, ()> {
    Box::pin(async move {
        let _ = timeout(WHOLE, device.lend(line)).await;
    })
}

/// A connection on which both ends have the code's secret.
struct Talk {
    line: TcpStream,
    carrying: Carrying,
}

impl Talk {
    async fn say(&mut self, said: &Said) -> Result<(), Cut> {
        let mut words = Vec::new();
        for record in self.carrying.say(said) {
            words.extend(record?);
        }
        Ok(self.line.write_all(&words).await?)
    }

    async fn hear(&mut self) -> Result<Said, Cut> {
        loop {
            let record = record(&mut self.line).await?;
            if let Some(said) = self.carrying.hear(&record)? {
                return Ok(said);
            }
        }
    }
}

fn mend(words: &str) -> Trouble {
    Trouble::Input { field: Field::Carry, mend: words.to_owned() }
}
