//! Making this device somebody's: key pairs made here, a certificate from the hub the ticket names, the hub's key pinned, a vault under
//! the PIN. Nothing exists until the hub has answered and the vault is whole; then it appears under the user's name at once.

use crate::outbox;
use crate::ports::{HubCard, Link};
use crate::state::{Device, anchor_name, carry_trouble, key_trouble, keystore_name, keystore_trouble, trouble_of};
use desk::Trouble;
use desk::trouble::Field;
use desk::view::User;
use rcgen::{CertificateParams, DnType, KeyPair};
use record::StaffId;
use record::enrol::{Enrolled, Enrolling, Ticket};
use vault::key::{KeystoreSecret, Pin};
use vault::{NewVault, Vault, signing_key_of};
use zeroize::Zeroizing;

impl Device {
    /// Enrols; gives whom the device is now for. The user then signs in with the PIN.
    pub(crate) async fn enrol(&self, ticket: &str, pin: &str) -> Result<StaffId, Trouble> {
        let ticket: Ticket = ticket
            .parse()
            .map_err(|e: record::enrol::NotATicket| Trouble::Input { field: Field::Ticket, mend: e.to_string() })?;
        let pin = Pin::new(pin).map_err(|e| key_trouble(&e))?;

        // The transport key is made by the TLS library from the system's randomness, and never leaves this device.
        let credentials = |_| Trouble::Fault { place: "enrolment:key".into() };
        let transport = KeyPair::generate().map_err(credentials)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(credentials)?;
        params.distinguished_name.push(DnType::CommonName, "satchel device");
        let request = params.serialize_request(&transport).and_then(|r| r.pem()).map_err(credentials)?;
        let signing_seed = Zeroizing::new(self.random::<32>());
        let signing_key = signing_key_of(&signing_seed);

        let body = serde_json::to_vec(&Enrolling { code: ticket.code.clone(), request, signing_key })
            .map_err(|_| Trouble::Fault { place: "enrolment:request".into() })?;
        let answer = self.ports.carrier.enrol(&ticket, body).await.map_err(carry_trouble)?;
        let enrolled: Enrolled = serde_json::from_slice(&answer).map_err(|_| Trouble::NotOurHub)?;

        let link = Link {
            hub: ticket.hub,
            authority: enrolled.authority,
            certificate: enrolled.certificate,
            key: Zeroizing::new(transport.serialize_pem()),
        };
        let actor = enrolled.licence.actor.clone();
        let user = User {
            staff: actor.staff.clone(),
            name: actor.name,
            title: actor.title,
            organisation: actor.organisation.name,
        };
        let new = NewVault {
            licence: enrolled.licence,
            device: enrolled.device,
            hub_key: enrolled.hub_key,
            signing_seed,
            link: Zeroizing::new(
                serde_json::to_vec(&link).map_err(|_| Trouble::Fault { place: "enrolment:link".into() })?,
            ),
            key: self.random(),
            sealing: self.random(),
            salt: self.random(),
            nonce: self.random(),
        };
        let card = HubCard { hub: link.hub.clone(), authority: link.authority.clone(), key: new.hub_key };
        let secret = Zeroizing::new(self.random::<32>());
        let folder = self.homes.enrolling().map_err(outbox::failing)?;
        Vault::make(&folder, &new, &pin, &KeystoreSecret::new(*secret)).map_err(|f| trouble_of(&f))?;
        outbox::keep_card(&folder, &card).map_err(outbox::failing)?;
        self.ports.keystore.put(&keystore_name(&user.staff), &secret).map_err(|f| keystore_trouble(&f))?;
        let _turn = self.anchors();
        let anchor = self.ports.keystore.put(&anchor_name(&user.staff), &Vault::first_anchor());
        anchor.map_err(|f| keystore_trouble(&f))?;
        self.homes.settle(&folder, &user).map_err(outbox::failing)?;
        Ok(user.staff)
    }
}
