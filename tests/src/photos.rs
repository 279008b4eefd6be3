//! Photographs in the stories: pictures that are random bytes with a picture's beginning, and the questions of a nurse who takes and looks
//! at them.

use crate::world::Worker;
use data_encoding::BASE64;
use desk::ask::{DoAct, FetchPhoto, KeepPhoto, Reply};
use desk::visit::{NewAct, PhotoPage, VisitPage};
use record::PersonId;
use record::consent::Purpose;
use record::visit::photo::Agreed;
use record::visit::wound::{Exudate, Margin, Side, Sort, Spot};
use record::visit::{Body, Photo, PhotoId, Photos, Wound};

/// A picture of so many bytes, different for each seed, which folds no smaller than a photograph does.
pub fn jpeg(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while bytes.len() < length {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes.extend_from_slice(&x.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub fn url(bytes: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", BASE64.encode(bytes))
}

/// A leg ulcer with these photographs.
pub fn wound(taken: Vec<Photo>) -> Body {
    Body::Wound(Box::new(Wound {
        of: None,
        spot: Spot { side: Side::Front, x: 400, y: 800 },
        site: "Left shin".into(),
        sort: Sort::LegUlcer,
        category: None,
        device_related: false,
        on_admission: true,
        length: Some(30),
        width: Some(20),
        depth: None,
        bed: vec![],
        margin: Margin::Attached,
        surrounding: String::new(),
        infection: vec![],
        exudate: Exudate::Low,
        pain: None,
        treatment: "Foam".into(),
        plan: String::new(),
        healed: false,
        photos: (!taken.is_empty()).then_some(Photos { agreed: Agreed::Person, taken }),
    }))
}

impl Worker {
    /// Takes a picture, in a form that is not signed yet.
    pub async fn keep_photo(&self, person: PersonId, form: &str, picture: &[u8]) -> Reply<KeepPhoto> {
        self.ask(KeepPhoto { person, form: form.to_owned(), picture: url(picture).into() }).await
    }

    /// Signs an assessment with the pictures of its form.
    pub async fn sign_wound(&self, person: PersonId, form: &str) -> Reply<DoAct> {
        let page = self.visits(person).await;
        let act = NewAct { visit: page.on, body: wound(page.pictures(form)), draft: Some(form.to_owned()) };
        self.ask(DoAct { person, purpose: Purpose::Treat, act }).await
    }

    /// Takes a picture of a wound and signs the assessment.
    pub async fn photographed(&self, person: PersonId, picture: &[u8]) -> (VisitPage, PhotoId) {
        self.keep_photo(person, "wound", picture).await.expect("a picture kept");
        (self.sign_wound(person, "wound").await.expect("signed"), PhotoId::of(picture))
    }

    pub async fn photo(&self, person: PersonId, photo: PhotoId) -> Result<PhotoPage, desk::Trouble> {
        self.ask(FetchPhoto { person, purpose: Purpose::Treat, photo }).await
    }

    /// Everything, photographs too.
    pub async fn sync_all(&self) -> desk::view::Posted {
        self.device.sync_all().await.expect("rounds with the hub")
    }
}
