//! Photographs of wounds and of belongings, answered: a picture is kept with its form as soon as it is taken, and shown through the door. One that is not here
//! is asked for at the hub, now if there is a network and with the next contact if there is none. What a picture is, its bytes say.

use crate::state::Device;
use data_encoding::BASE64;
use desk::Trouble;
use desk::ask::{AttachToBag, DropPhoto, FetchBagFile, FetchPhoto, KeepPhoto, Reply};
use desk::bag::{BagFile, Printed};
use desk::visit::PhotoPage;
use record::bag::BagFault;
use record::bag::file::LARGEST_DOCUMENT;
use record::visit::photo::{LARGEST, Mime};
use record::visit::{ActFault, Photo, PhotoId};
use record::{PersonId, Sensitive};
use vault::{BagAsked, VisitAsked};

impl Device {
    pub(crate) fn keep_photo(&self, asked: &KeepPhoto) -> Reply<KeepPhoto> {
        let now = self.now();
        // EXPOSE: because the picture is what is kept.
        let bytes = bytes_of(asked.picture.expose())?;
        self.with_vault(|vault| vault.keep_photo((asked.person, &asked.form), &bytes, now))
    }

    pub(crate) fn drop_photo(&self, asked: &DropPhoto) -> Reply<DropPhoto> {
        let now = self.now();
        self.with_vault(|vault| vault.drop_photo((asked.person, &asked.form), asked.photo, now))
    }

    pub(crate) async fn fetch_photo(&self, asked: &FetchPhoto) -> Reply<FetchPhoto> {
        if let Some(page) = self.photo(asked)? {
            return Ok(page);
        }
        // The door let them ask, and remembers that it is wanted. No network is no fault: it comes when there is one.
        let _ = self.sync_now().await;
        if !self.has_photo(asked.person, asked.photo)? {
            return Err(Trouble::PhotoElsewhere);
        }
        self.photo(asked)?.ok_or(Trouble::PhotoElsewhere)
    }

    /// The same for a file that the person's bag names. A document is saved where the person here says: no screen of ours shows one.
    pub(crate) async fn fetch_bag_file(&self, asked: &FetchBagFile) -> Reply<FetchBagFile> {
        let found = match self.bag_file(asked)? {
            Some(found) => found,
            None => {
                let _ = self.sync_now().await;
                if !self.has_photo(asked.person, asked.file)? {
                    return Err(Trouble::PhotoElsewhere);
                }
                self.bag_file(asked)?.ok_or(Trouble::PhotoElsewhere)?
            }
        };
        let (bytes, audit_seq) = found;
        let (person, file) = (asked.person, asked.file);
        if let Some(mime) = Mime::of(&bytes) {
            return Ok(BagFile { person, file, picture: Some(url_of(mime, &bytes)), saved: None, audit_seq });
        }
        // A hash: a file's name says nothing of anybody.
        let name = format!("eRed-Bag-document-{}", &file.to_string()[..8]);
        let saved = self.ports.tray.put(&name, bytes).await.map_err(|_| Trouble::NoPaper)?;
        let saved = Some(if saved { Printed::Saved } else { Printed::NotSaved });
        Ok(BagFile { person, file, picture: None, saved, audit_seq })
    }

    /// The file, if it is here, and the entry of the look.
    fn bag_file(&self, asked: &FetchBagFile) -> Result<Option<(Vec<u8>, u64)>, Trouble> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let disclosure = match self.with_vault(|vault| vault.bag_file(&what, asked.file, now))? {
            Ok(disclosure) => disclosure,
            Err(refused) => return Err(self.bag_refused(asked.person, *refused)?),
        };
        let (found, admission) = disclosure.into_parts();
        Ok(found.map(|bytes| (bytes, admission.seq)))
    }

    pub(crate) fn attach_to_bag(&self, asked: &AttachToBag) -> Reply<AttachToBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        // EXPOSE: because the document is what is kept.
        let bytes = file_in(asked.document.expose(), LARGEST_DOCUMENT)?;
        let answer = self.with_vault(|vault| vault.attach_to_bag(&what, (&asked.title, bytes), now))?;
        self.bag_changed(asked.person, answer)
    }

    fn has_photo(&self, person: PersonId, photo: PhotoId) -> Result<bool, Trouble> {
        self.with_vault(|vault| vault.has_photo(person, photo))
    }

    fn photo(&self, asked: &FetchPhoto) -> Result<Option<PhotoPage>, Trouble> {
        let now = self.now();
        let what = VisitAsked { person: asked.person, purpose: asked.purpose };
        let disclosure = match self.with_vault(|vault| vault.photo(&what, asked.photo, now))? {
            Ok(disclosure) => disclosure,
            Err(refused) => return Err(self.refused(asked.person, *refused)?),
        };
        let (found, admission) = disclosure.into_parts();
        let Some(bytes) = found else { return Ok(None) };
        let mime = Mime::of(&bytes).ok_or(Trouble::Visit(ActFault::Photo))?;
        let picture = url_of(mime, &bytes);
        Ok(Some(PhotoPage { person: asked.person, photo: asked.photo, picture, audit_seq: admission.seq }))
    }
}

fn url_of(mime: Mime, bytes: &[u8]) -> Sensitive<String> {
    format!("data:{};base64,{}", mime.code(), BASE64.encode(bytes)).into()
}

/// The bytes of a `data:` URL that may be kept with a bag, if they are not too many. What they are, they say themselves.
pub(crate) fn file_in(url: &str, most: u32) -> Result<Vec<u8>, Trouble> {
    let unfit = || Trouble::Bag(BagFault::File);
    let (_, base64) = url.split_once(";base64,").ok_or_else(unfit)?;
    if base64.len() / 4 * 3 > most as usize + 3 {
        return Err(unfit());
    }
    BASE64.decode(base64.as_bytes()).map_err(|_| unfit())
}

/// The bytes of a `data:` URL, if they are a picture that may be kept.
fn bytes_of(url: &str) -> Result<Vec<u8>, Trouble> {
    let unfit = || Trouble::Visit(ActFault::Photo);
    let (_, base64) =
        url.split_once(";base64,").filter(|(head, _)| head.starts_with("data:image/")).ok_or_else(unfit)?;
    if base64.len() / 4 * 3 > LARGEST as usize + 3 {
        return Err(unfit());
    }
    let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| unfit())?;
    if Photo::of(&bytes).is_some() { Ok(bytes) } else { Err(unfit()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_what_its_bytes_are_and_no_larger_than_it_may_be() {
        assert_eq!(bytes_of("data:image/png;base64,/9j/4AAQ").unwrap()[..3], [0xFF, 0xD8, 0xFF]);
        let mut large = vec![0; LARGEST as usize + 1];
        large[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
        let url = |bytes: &[u8]| format!("data:image/jpeg;base64,{}", BASE64.encode(bytes));
        assert!(bytes_of(&url(&large)).is_err());
        assert!(bytes_of(&url(&large[..LARGEST as usize])).is_ok());
        for unfit in ["", "data:text/html;base64,PGI+", "data:image/png;base64,PGI+", "data:image/svg+xml,<svg/>"] {
            assert_eq!(bytes_of(unfit), Err(Trouble::Visit(ActFault::Photo)), "{unfit}");
        }
    }
}
