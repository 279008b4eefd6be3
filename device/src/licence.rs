//! The offline licence between colleagues, as the screen asks for it: codes as text and as pictures. What counts is decided in the
//! vault; here only words and drawing.

use crate::state::Device;
use desk::Trouble;
use desk::ask::{AskLicence, GiveLicence, ReadLicence, Reply, TakeLicence};
use desk::trouble::Field;
use desk::view::{LicenceAsked, LicenceCode};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use vault::NotExtended;
use vault::key::Pin;

impl Device {
    pub(crate) fn ask_licence(&self) -> Reply<AskLicence> {
        let (now, nonce) = (self.now(), self.random());
        let code = self.with_vault(|vault| vault.ask_licence(nonce, now))?;
        drawn(code.map_err(mend)?)
    }

    pub(crate) fn read_licence(&self, code: &str) -> Reply<ReadLicence> {
        let now = self.now();
        let asking = self.with_vault(|vault| vault.read_licence(code, now))?.map_err(mend)?;
        Ok(LicenceAsked { name: asking.name, staff: asking.staff, device: asking.device, until: asking.until })
    }

    pub(crate) fn give_licence(&self, code: &str, pin: &str) -> Reply<GiveLicence> {
        let now = self.now();
        let staff = self.with_vault(|vault| Ok(vault.actor().staff.clone()))?;
        let secret = self.keystore_secret(&staff)?;
        let pin = Pin::to_try(pin);
        let answer = self.with_vault(|vault| vault.give_licence(code, (&pin, &secret), now))?;
        self.wake.notify_one();
        drawn(answer.map_err(mend)?)
    }

    pub(crate) fn take_licence(&self, code: &str) -> Reply<TakeLicence> {
        let now = self.now();
        self.with_vault(|vault| vault.take_licence(code, now))?.map_err(mend)?;
        self.keep_anchor();
        self.nudge(desk::Nudge::Status);
        self.status()
    }
}

fn mend(why: NotExtended) -> Trouble {
    Trouble::Input { field: Field::Licence, mend: why.sentence().into() }
}

/// The code with its picture: black on white whatever the theme, or no camera reads it.
fn drawn(code: String) -> Result<LicenceCode, Trouble> {
    let qr = QrCode::with_error_correction_level(&code, EcLevel::L)
        .map_err(|_| Trouble::Fault { place: "licence:picture".into() })?;
    let picture = qr.render::<svg::Color<'_>>().min_dimensions(280, 280).build();
    Ok(LicenceCode { code, picture })
}
