//! What of the outbox shows without a vault: in which order it is sealed, what goes when, and what a write that fails leaves.

use super::*;
use record::visit::PhotoId;
use sync::drafts::name_of_picture;

const PIECES: usize = 3;

fn hub() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn outbox(home: &Path, fresh: u8) -> Outbox {
    let (chain, author) = ("D1/N1".parse().unwrap(), SigningKey::from_bytes(&[4; 32]));
    Outbox::of(home, hub().verifying_key(), (&chain, &author), [fresh; 32])
}

fn said(form: &str, number: u64, fields: &str) -> DraftSaid {
    let (person, at) = (PersonId::from_bytes([5; 16]), Stamp::from_millis(number as i64));
    DraftSaid { person, form: form.to_owned(), number, at, fields: fields.to_owned(), from: None }
}

fn pieces() -> Vec<Work> {
    let name = name_of_picture("wound", PhotoId::from_bytes([9; 32])).unwrap();
    let whole = [7; PIECES * sync::photos::PIECE];
    PicturePiece::all(&said(&name, 8, "{}"), &whole).into_iter().map(Work::Picture).collect()
}

fn put(outbox: &mut Outbox, work: Vec<Work>) -> Result<(), VaultFault> {
    outbox.put(1, Vec::new(), work, Stamp::from_millis(9))
}

fn lying(home: &Path) -> BTreeSet<PathBuf> {
    parcels::list(&parcels::folder(home)).unwrap().into_iter().map(|parcel| parcel.path).collect()
}

#[test]
fn what_lies_sealed_of_a_picture_goes_only_once_all_of_it_is_sealed_anew() {
    let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(&mut outbox(home.path(), 1), pieces()).unwrap();
    let old = lying(home.path());
    assert_eq!(old.len(), PIECES);
    // The names that the next session is going to take: where the second of them is taken, it ends after one.
    let mut other = outbox(elsewhere.path(), 2);
    put(&mut other, vec![pieces().remove(2)]).unwrap();
    let first = lying(elsewhere.path());
    put(&mut other, vec![pieces().remove(1)]).unwrap();
    let second = lying(elsewhere.path()).difference(&first).next().unwrap().clone();
    let taken = parcels::folder(home.path()).join(second.file_name().unwrap());
    fs::write(&taken, "").unwrap();
    let mut next = outbox(home.path(), 2);
    put(&mut next, pieces()).unwrap_err();
    let both = lying(home.path());
    assert!(both.is_superset(&old) && both.len() == PIECES + 1, "{both:?}");
    // What comes next finishes it, and only then the old ones go.
    put(&mut next, vec![Work::Draft(said("note", 9, "{}"))]).unwrap();
    let now = lying(home.path());
    assert!(now.is_disjoint(&old) && now.len() == PIECES + 1, "its pieces and the drafts: {now:?}");
}

#[test]
fn what_waits_is_said_before_drafts_and_no_more_once_its_form_is_free() {
    let home = tempfile::tempdir().unwrap();
    let mut outbox = outbox(home.path(), 1);
    let sealed = || {
        let bytes = fs::read(lying(home.path()).pop_first().unwrap()).unwrap();
        sync::outbox::open(&bytes, &hub()).unwrap().frames.remove(0).work
    };
    let waits = |form: &str| {
        let of = ("D0".parse().unwrap(), 6);
        Work::Waits(DraftWaits { person: PersonId::from_bytes([5; 16]), form: form.to_owned(), of })
    };
    let picture = |n| name_of_picture("wound", PhotoId::from_bytes([n; 32])).unwrap();
    let here = Work::Draft(said(&picture(1), 8, "{}"));
    put(&mut outbox, vec![here.clone(), waits("wound"), waits(&picture(2)), waits("note")]).unwrap();
    assert_eq!(sealed(), [waits("wound"), waits(&picture(2)), waits("note"), here]);
    let ended = Work::Draft(said(&picture(1), 9, ""));
    put(&mut outbox, vec![ended.clone()]).unwrap();
    assert_eq!(sealed(), [waits("note"), ended]);
}

/// A disk with no room for a piece: its name is taken, so that it cannot be begun.
#[test]
fn words_are_sealed_before_pictures_and_whatever_becomes_of_those() {
    let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let name = name_of_picture("wound", PhotoId::from_bytes([9; 32])).unwrap();
    let picture = || pieces().into_iter().chain([Work::Draft(said(&name, 8, "{}"))]).collect::<Vec<Work>>();
    let mut other = outbox(elsewhere.path(), 2);
    put(&mut other, vec![Work::Draft(said("note", 7, "{}"))]).unwrap();
    let first = lying(elsewhere.path());
    put(&mut other, vec![pieces().remove(2)]).unwrap();
    let second = lying(elsewhere.path()).difference(&first).next().unwrap().clone();
    fs::create_dir_all(parcels::folder(home.path())).unwrap();
    let taken = parcels::folder(home.path()).join(second.file_name().unwrap());
    fs::write(&taken, "").unwrap();
    let mut outbox = outbox(home.path(), 2);
    put(&mut outbox, picture()).unwrap_err();
    let sealed = || {
        let paths = lying(home.path()).into_iter().filter(|path| *path != taken);
        let drafts = paths.map(|path| sync::outbox::open(&fs::read(path).unwrap(), &hub()).unwrap());
        let drafts = drafts.flat_map(|opened| opened.frames).flat_map(|frame| frame.work);
        drafts.filter(|work| matches!(work, Work::Draft(_))).collect::<Vec<_>>()
    };
    assert_eq!(sealed(), [Work::Draft(said(&name, 8, "{}"))], "what it is called is there, and not it");
    // The session after it finds out which is which, though the hub has heard of both numbers by then.
    let all = |marks: &Marks| {
        pieces()
            .iter()
            .filter(|work| {
                let Work::Picture(piece) = work else { panic!() };
                marks.lacks(piece.owner(&"D1/N1".parse().unwrap()), piece)
            })
            .count()
    };
    assert_eq!(all(&Marks::of(&parcels::folder(home.path()))), PIECES);
    put(&mut outbox, vec![Work::Draft(said("note", 9, r#"{"text":"Half a no"}"#))]).unwrap();
    assert!(sealed().contains(&Work::Draft(said("note", 9, r#"{"text":"Half a no"}"#))), "{:?}", sealed());
    assert_eq!(all(&Marks::of(&parcels::folder(home.path()))), 0, "with what came next");
}

fn change(n: u8, length: usize) -> Work {
    Work::Plan { person: PersonId::from_bytes([n; 16]), change: vec![n; length] }
}

/// What a device did in a month without the hub, sealed anew at once: every file goes over a network, and none is missing.
#[test]
fn a_months_work_is_sealed_in_files_that_go_over_a_network() {
    let home = tempfile::tempdir().unwrap();
    let work: Vec<Work> = (0..40).map(|n| change(n, 700_000)).collect();
    let entries: Vec<Vec<u8>> = (0..5).map(|n| vec![n; 400_000]).collect();
    outbox(home.path(), 1).put(9, entries.clone(), work.clone(), Stamp::from_millis(9)).unwrap();
    let found = parcels::list(&parcels::folder(home.path())).unwrap();
    assert!(found.len() > 5 && found.iter().all(|parcel| !parcel.is_too_long()), "{found:?}");
    let (mut opened, mut last) = (Vec::new(), Vec::new());
    for parcel in &found {
        let frames = sync::outbox::open(&parcels::read(&parcel.path).unwrap(), &hub()).unwrap().frames;
        opened.extend(frames.iter().flat_map(|frame| frame.work.clone()));
        last.extend(frames.into_iter().flat_map(|frame| frame.entries));
    }
    last.sort();
    assert_eq!((opened.len(), last), (work.len(), entries));
    assert!(work.iter().all(|one| opened.contains(one)));
    assert_eq!(found.iter().map(|parcel| parcel.through).max(), Some(9), "and that it is whole is said once");
}

/// As a version without that limit left them, and as a failing disk may.
#[test]
fn nothing_in_the_folder_is_passed_over() {
    let home = tempfile::tempdir().unwrap();
    put(&mut outbox(home.path(), 1), vec![change(1, 13 << 20)]).unwrap();
    let folder = parcels::folder(home.path());
    let [long] = &parcels::list(&folder).unwrap()[..] else { panic!() };
    assert!(long.is_too_long() && parcels::read(&long.path).is_err());
    assert_eq!(sync::outbox::open(&parcels::whole(&long.path).unwrap(), &hub()).unwrap().frames.len(), 1);
    // Begun, and cut before anything was said to be in it; harmed in its head; and a folder of such a name.
    fs::write(folder.join("begun.outbox"), &fs::read(&long.path).unwrap()[..90]).unwrap();
    let mut harmed = fs::read(&long.path).unwrap();
    harmed[3] ^= 1;
    fs::write(folder.join("harmed.outbox"), harmed).unwrap();
    fs::create_dir(folder.join("folder.outbox")).unwrap();
    assert_eq!(parcels::list(&folder).unwrap().len(), 1);
    assert_eq!(parcels::harmed(&folder).unwrap(), [folder.join("harmed.outbox")]);
}
