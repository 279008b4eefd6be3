//! What a device says of itself in its chain (kinds 13 to 19): its clock, a vault that was put back, its licence, its end. Not what a
//! person did with a record: that is [`super::Event`].

use crate::canon::{NotCanonical, Reader, Writer};
use crate::ids::{DeviceId, StaffId};
use crate::stamp::Stamp;
use crate::time::Doubts;

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceAct {
    /// What the clocks say, written when the device was restarted or its time came into doubt: with it, the entries that follow
    /// need no counter of their own.
    ClockRead {
        wall: Stamp,
        /// Which start of the device, and milliseconds since; 0 and 0 where the platform does not say.
        boot: u64,
        ticks: u64,
        doubts: Doubts,
    },
    /// The vault was opened older than what is known of it outside: `known` entries, of which `held` are here.
    Restored { known: u64, held: u64 },
    /// The hub's signed time, where the chain had run ahead of it: the one entry that may be earlier than the entry before it.
    TimeSet { hub: Stamp },
    /// A colleague's device lengthened this one's licence.
    LicenceTaken { by: StaffId, device: DeviceId, request: [u8; 8], until: Stamp },
    /// This device lengthened a colleague's licence.
    LicenceGiven { to: StaffId, device: DeviceId, request: [u8; 8], until: Stamp },
    /// The hub ended this enrolment: the content of `people` records was erased.
    Wiped { people: u64 },
}

impl DeviceAct {
    pub(super) fn write(&self, to: Writer) -> Writer {
        let lent = |to: Writer, whom: &StaffId, device: &DeviceId, request: &[u8; 8], until: &Stamp| {
            to.text(whom.as_str()).text(device.as_str()).bytes(request).signed(until.millis())
        };
        match self {
            DeviceAct::ClockRead { wall, boot, ticks, doubts } => {
                to.number(13).signed(wall.millis()).number(*boot).number(*ticks).number(doubts.bits().into())
            }
            DeviceAct::Restored { known, held } => to.number(14).number(*known).number(*held),
            DeviceAct::TimeSet { hub } => to.number(15).signed(hub.millis()),
            DeviceAct::LicenceTaken { by, device, request, until } => lent(to.number(16), by, device, request, until),
            DeviceAct::LicenceGiven { to: whom, device, request, until } => {
                lent(to.number(17), whom, device, request, until)
            }
            DeviceAct::Wiped { people } => to.number(18).number(*people),
        }
    }

    pub(super) fn read(kind: u64, from: &mut Reader<'_>) -> Result<DeviceAct, NotCanonical> {
        Ok(match kind {
            13 => DeviceAct::ClockRead {
                wall: stamp(from)?,
                boot: from.number()?,
                ticks: from.number()?,
                doubts: Doubts::from_bits(from.number()?).ok_or(NotCanonical)?,
            },
            14 => DeviceAct::Restored { known: from.number()?, held: from.number()? },
            15 => DeviceAct::TimeSet { hub: stamp(from)? },
            16 => DeviceAct::LicenceTaken {
                by: from.parsed()?,
                device: from.parsed()?,
                request: from.array()?,
                until: stamp(from)?,
            },
            17 => DeviceAct::LicenceGiven {
                to: from.parsed()?,
                device: from.parsed()?,
                request: from.array()?,
                until: stamp(from)?,
            },
            18 => DeviceAct::Wiped { people: from.number()? },
            _ => return Err(NotCanonical),
        })
    }
}

fn stamp(from: &mut Reader<'_>) -> Result<Stamp, NotCanonical> {
    from.signed().map(Stamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Break, BreakKind, Entry, Event, Head, first_break};
    use crate::consent::Clock;
    use crate::people::Role;

    #[test]
    fn only_the_hubs_word_turns_a_chain_back_and_only_to_what_the_hub_said() {
        let chain: crate::ChainId = "D1/N1".parse().unwrap();
        let verify = |at, event| {
            let mut head = Head::START;
            let entries = [(10, Event::SignedIn), (at, event)].map(|(at, event)| {
                let entry = Entry {
                    chain: chain.clone(),
                    epoch: 1,
                    seq: head.seq + 1,
                    prev: head.link,
                    at: Stamp::from_millis(at),
                    clock: Clock::Trusted,
                    staff: "N1".parse().unwrap(),
                    role: Role::CareStaff,
                    organisation: "RDY".parse().unwrap(),
                    event,
                };
                let bytes = entry.to_bytes();
                head = Head { epoch: 1, seq: entry.seq, link: crate::audit::Link::of(&bytes), at: entry.at };
                bytes
            });
            first_break(&chain, Head::START, entries.iter().map(Vec::as_slice)).map(|head| head.at.millis())
        };
        let set = |hub| Event::Device(DeviceAct::TimeSet { hub: Stamp::from_millis(hub) });
        assert_eq!(verify(9, set(9)), Ok(9));
        assert_eq!(verify(8, set(9)), Err(Break { at: 2, kind: BreakKind::Clock }));
        assert_eq!(verify(9, Event::PinChanged), Err(Break { at: 2, kind: BreakKind::Clock }));
    }

    #[test]
    fn every_act_reads_back() {
        let (who, device) = ("N2".parse::<StaffId>().unwrap(), "D2".parse::<DeviceId>().unwrap());
        let (request, until) = ([9; 8], Stamp::from_millis(12));
        for act in [
            DeviceAct::ClockRead { wall: Stamp::from_millis(-5), boot: u64::MAX, ticks: 7, doubts: Doubts::NONE },
            DeviceAct::Restored { known: 9, held: 3 },
            DeviceAct::TimeSet { hub: Stamp::from_millis(8) },
            DeviceAct::LicenceTaken { by: who.clone(), device: device.clone(), request, until },
            DeviceAct::LicenceGiven { to: who, device, request, until },
            DeviceAct::Wiped { people: 500 },
        ] {
            let bytes = act.write(Writer::new(1)).finish();
            let mut from = Reader::new(&bytes, 1).unwrap();
            let kind = from.number().unwrap();
            assert_eq!(DeviceAct::read(kind, &mut from), Ok(act));
            assert_eq!(from.end(), Ok(()));
        }
    }
}
