//! eRed Bags, answered: the vault opens and changes them; here are fresh ids, pictures of codes, and the words around the page. Who acts is
//! the vault's owner, never the screen's word.

use crate::near::{self, Places};
use crate::photos::file_in;
use crate::reading;
use crate::state::Device;
use crate::visits::photo_view;
use desk::ask::{
    AcceptBag, BagsDue, BagsHere, ConfirmBag, CountBag, MoveBag, NotMyBag, OpenBag, PrintBag, Reply, ShowBag, StartBag,
    TakeAnswer, TakeFrames, TakeSlip, WriteBag,
};
use desk::bag::{
    BagBeside, BagCodes, BagCount, BagDue, BagHere, BagMove, BagPage, BagProgress, BagSlip, BagTaken, BagsList,
    Modules, Passed, Printed, ShownBag, refusal_in_words,
};
use desk::{Nudge, Trouble};
use paper::{Place, Print};
use qrcode::{Color, EcLevel, QrCode};
use record::PersonId;
use record::bag::view::Moving;
use record::bag::{Bag, BagFault, Critical, Said, Second, Step};
use record::people::Actor;
use record::plan::Author;
use record::visit::photo::LARGEST;
use vault::key::Pin;
use vault::{Admission, Answer, BagAsked, BagCounted, BagWritten, ForPaper, OpenedBag, Refused, TakenFrames};

/// What is said where there is no row of the list to say why with.
const REFUSED_BY_HAND: Trouble = Trouble::Bag(BagFault::NotAllowed);

impl Device {
    pub(crate) fn open_bag(&self, asked: &OpenBag) -> Reply<OpenBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.bag(&what, now))?;
        self.wake.notify_one();
        self.bag_page(asked.person, answer)
    }

    pub(crate) fn start_bag(&self, asked: &StartBag) -> Reply<StartBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.start_bag(&what, &asked.tracker, now))?;
        self.bag_changed(asked.person, answer)
    }

    pub(crate) fn write_bag(&self, asked: &WriteBag) -> Reply<WriteBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let line = asked.line.clone();
        let written = BagWritten {
            section: line.section,
            item: line.item,
            // EXPOSE: because the line is what is put in the bag.
            text: line.text.into_exposed(),
            why: line.why,
            from: line.from,
            as_found: line.as_found,
            seen: line.seen,
        };
        let answer = self.with_vault(|vault| vault.write_bag(&what, &written, now))?;
        self.bag_changed(asked.person, answer)
    }

    pub(crate) fn confirm_bag(&self, asked: &ConfirmBag) -> Reply<ConfirmBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.confirm_bag(&what, asked.section, now))?;
        self.bag_changed(asked.person, answer)
    }

    pub(crate) fn count_bag(&self, asked: &CountBag) -> Reply<CountBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let BagCount { column, counts, second } = asked.count.clone();
        let drawn = second.as_ref().and_then(|second| second.signature.as_ref());
        // EXPOSE: because the signature is what is kept.
        let signature = drawn.map(|url| file_in(url.expose(), LARGEST)).transpose()?;
        let second = second.map(|second| Second { name: second.name, title: second.title, signed: None });
        let counted = BagCounted { column, counts, second, signature };
        let answer = self.with_vault(|vault| vault.count_bag(&what, counted, now))?;
        self.bag_changed(asked.person, answer)
    }

    pub(crate) fn move_bag(&self, asked: &MoveBag) -> Reply<MoveBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        // Whoever takes a bag over gives their PIN; what hands nothing over, or is typed for somebody else, needs none.
        if asked.step.step.hands_over() && asked.step.typed.is_none() {
            return Err(Trouble::Bag(BagFault::Role));
        }
        let step = moved(asked.step.clone());
        let answer = self.with_vault(|vault| vault.move_bag(&what, step, now))?;
        self.bag_changed(asked.person, answer)
    }

    /// Shown before or not: it listens to the receiver of this showing alone.
    pub(crate) async fn show_bag(&self, asked: &ShowBag) -> Reply<ShowBag> {
        self.hide_bag();
        let places = Places::take(self).await;
        let (now, fresh, near) = (self.now(), self.random(), places.addresses());
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let answer = self.with_vault(|vault| vault.show_bag(&what, (fresh, &near), now))?;
        self.wake.notify_one();
        let shown = match answer {
            Ok(disclosure) => disclosure.into_parts().0,
            Err(refused) => return Err(self.bag_refused(asked.person, *refused)?),
        };
        self.state().listening = Some(places.listen(&self.me, near::bag));
        let picture = drawn(&shown.slip, EcLevel::M)?;
        let pictures = moving(&shown.frames)?;
        Ok(BagCodes {
            bag: shown.bag,
            slip: shown.slip,
            picture,
            frames: shown.frames,
            pictures,
            critical: shown.critical,
        })
    }

    /// Paper. The entry stands before anybody is asked where to save it; a person who then thinks better of it has still had it printed.
    pub(crate) async fn print_bag(&self, asked: &PrintBag) -> Reply<PrintBag> {
        let (now, fresh) = (self.now(), self.random());
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let (answer, by, heard) = self.with_vault(|vault| {
            let answer = vault.print_bag(&what, fresh, now)?;
            Ok((answer, vault.actor().to_string(), vault.standing(now)?.checked))
        })?;
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        let (ForPaper { opened, slip, signatures }, admission) = match answer {
            Ok(disclosure) => disclosure.into_parts(),
            Err(refused) => return Err(self.bag_refused(asked.person, *refused)?),
        };
        let bag = opened.bag.as_ref().ok_or(Trouble::Bag(BagFault::Unknown))?;
        let (at, place) = (opened.at, Place::Device { heard });
        let pdf = paper::bag(&Print { bag, by: &by, at, place, slip: slip.as_deref(), signatures: &signatures });
        let pdf = pdf.map_err(|_| Trouble::Fault { place: "bag:paper".into() })?;
        // The bag's name is chance: a file's name says nothing of anybody.
        let name = format!("eRed-Bag-{}", &bag.id.to_string()[..8]);
        let page = self.page(asked.person, opened, admission)?;
        let saved = self.ports.tray.put(&name, pdf).await.map_err(|_| Trouble::NoPaper)?;
        Ok(BagPage { printed: Some(if saved { Printed::Saved } else { Printed::NotSaved }), ..page })
    }

    /// The codes are no longer shown.
    pub(crate) fn hide_bag(&self) {
        let mut state = self.state();
        state.listening = None;
        if let Some(vault) = &mut state.open {
            vault.hide_bag();
        }
    }

    pub(crate) fn take_slip(&self, asked: &TakeSlip) -> Reply<TakeSlip> {
        let now = self.now();
        let answer = self.with_vault(|vault| vault.take_slip(&asked.code, asked.purpose, now))?;
        self.wake.notify_one();
        match answer {
            Ok(disclosure) => {
                let seen = disclosure.into_parts().0;
                Ok(BagSlip {
                    bag: seen.bag,
                    person: seen.person,
                    critical: seen.critical,
                    giver: seen.giver,
                    organisation: seen.organisation,
                    at: seen.at,
                    whole: seen.whole,
                })
            }
            Err(_) => Err(REFUSED_BY_HAND),
        }
    }

    pub(crate) fn take_frames(&self, asked: &TakeFrames) -> Reply<TakeFrames> {
        let now = self.now();
        let answer = self.with_vault(|vault| vault.take_frames((&asked.frames, asked.purpose), now))?;
        self.bag_progress(answer)
    }

    pub(crate) fn bag_progress(&self, answer: Answer<TakenFrames>) -> Result<BagProgress, Trouble> {
        match answer {
            Ok(disclosure) => {
                let taken = disclosure.into_parts().0;
                Ok(BagProgress {
                    person: taken.person,
                    progress: taken.progress,
                    whole: taken.whole,
                    strange: taken.strange,
                })
            }
            Err(_) => Err(REFUSED_BY_HAND),
        }
    }

    pub(crate) async fn accept_bag(&self, asked: &AcceptBag) -> Reply<AcceptBag> {
        let now = self.now();
        let what = BagAsked { person: asked.person, purpose: asked.purpose };
        let staff = self.with_vault(|vault| Ok(vault.actor().staff.clone()))?;
        let secret = self.keystore_secret(&staff)?;
        // EXPOSE: because the PIN is what the taker signs with.
        let pin = Pin::to_try(asked.pin.expose());
        let step = moved(asked.step.clone());
        let answer = self.with_vault(|vault| vault.accept_bag(&what, step, (&pin, &secret), now))?;
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        match answer {
            Ok(disclosure) => {
                let ((opened, code), admission) = disclosure.into_parts();
                let page = self.page(asked.person, opened, admission)?;
                let told = self.answer_giver(asked.person, &code).await;
                Ok(BagTaken { page, picture: drawn(&code, EcLevel::M)?, answer: code, told })
            }
            Err(refused) => Err(self.bag_refused(asked.person, *refused)?),
        }
    }

    pub(crate) fn take_answer(&self, asked: &TakeAnswer) -> Reply<TakeAnswer> {
        let now = self.now();
        let (person, answer) = self.with_vault(|vault| vault.acknowledge_bag(&asked.code, asked.purpose, now))?;
        self.bag_changed(person, answer)
    }

    pub(crate) fn bags_here(&self) -> Reply<BagsHere> {
        let now = self.now();
        let (list, ended) = self.with_vault(|vault| vault.bags_here(now))?;
        let here = |b: vault::ReceivedBag| BagHere { person: b.person, banner: b.banner, state: b.state };
        let ended = ended.map(|ended| (ended.count, ended.at));
        Ok(BagsList { here: list.into_iter().map(here).collect(), ended })
    }

    pub(crate) fn not_my_bag(&self, asked: &NotMyBag) -> Reply<NotMyBag> {
        let now = self.now();
        let gone = self.with_vault(|vault| vault.not_my_bag(asked.person, now))?;
        self.wake.notify_one();
        // Somebody here put their hand to it, or it is not here by hand: it goes when it is handed on, or with the caseload.
        if gone { self.bags_here() } else { Err(Trouble::Bag(BagFault::Order)) }
    }

    pub(crate) fn bags_due(&self) -> Reply<BagsDue> {
        let now = self.now();
        let due = self.with_vault(|vault| vault.bags_due(now))?;
        Ok(due.into_iter().map(|due| BagDue { person: due.person, looked: due.looked }).collect())
    }

    /// It is saved; it is sent as soon as there is a network.
    pub(crate) fn bag_changed(&self, person: PersonId, answer: Answer<OpenedBag>) -> Result<BagPage, Trouble> {
        self.wake.notify_one();
        self.nudge(Nudge::Status);
        self.bag_page(person, answer)
    }

    fn bag_page(&self, person: PersonId, answer: Answer<OpenedBag>) -> Result<BagPage, Trouble> {
        match answer {
            Ok(disclosure) => {
                let (opened, admission) = disclosure.into_parts();
                self.page(person, opened, admission)
            }
            Err(refused) => Err(self.bag_refused(person, *refused)?),
        }
    }

    /// Of somebody on the list a refusal says all it can; of somebody who is not, there is no list row to say it with.
    pub(crate) fn bag_refused(&self, person: PersonId, refused: Refused) -> Result<Trouble, Trouble> {
        match self.listing(person) {
            Ok(_) => self.refused(person, refused),
            Err(_) => Ok(REFUSED_BY_HAND),
        }
    }

    fn page(&self, person: PersonId, opened: OpenedBag, admission: Admission) -> Result<BagPage, Trouble> {
        let actor = self.with_vault(|vault| Ok(vault.actor().clone()))?;
        let listing = self.listing(person).ok();
        let banner = match (&listing, &opened.bag) {
            (Some(listing), _) => listing.banner.clone(),
            (None, Some(bag)) => bag.header.banner.clone(),
            (None, None) => String::new(),
        };
        let over = opened.bag.as_ref().is_none_or(|bag| bag.custody.state().is_some_and(|state| state.is_over()));
        let carer = Step::MakeReady.may_be_taken_by(actor.role);
        let bag = shown(&opened, &actor).map(Box::new);
        Ok(BagPage {
            person,
            banner,
            bag,
            carried: opened.carried,
            may_begin: over && opened.carried && carer,
            asks: opened.asks,
            drafts: opened.drafts.into_iter().collect(),
            others: opened
                .others
                .into_iter()
                .map(|bag| BagBeside { home: bag.home, state: bag.state, opened: bag.opened })
                .collect(),
            basis: reading::basis_of(&admission, self.policy_name()),
            printed: None,
            leaves: opened.leaves,
            caveats: admission.caveats,
            audit_seq: admission.seq,
            opened: admission.at,
        })
    }
}

fn moved(step: BagMove) -> Moving {
    Moving {
        step: step.step,
        seen: step.seen,
        keeps: step.keeps,
        typed: step.typed,
        place: step.place,
        tracker: step.tracker,
        items: step.items,
        remark: step.remark,
        contents: None,
    }
}

fn shown(opened: &OpenedBag, actor: &Actor) -> Option<ShownBag> {
    let bag = opened.bag.as_ref()?;
    let author = Author::of(actor);
    let home = actor.organisation.ods == bag.header.home.ods;
    let form = if home && opened.carried { bag.form(&opened.laid) } else { Vec::new() };
    let released = bag.released();
    let corrected = released.filter(|(_, contents)| contents.version > 1).map(|(note, _)| note.at);
    let unchecked = form.iter().flat_map(|filled| &filled.entries);
    let unchecked = unchecked.filter(|entry| entry.is_unchecked()).count() as u32;
    let missing = match bag.ready(&opened.laid, &author, opened.at, "") {
        Err(BagFault::Missing(missing)) if home => missing,
        _ => Vec::new(),
    };
    Some(ShownBag {
        id: bag.id,
        header: bag.header.clone(),
        opened: bag.opened,
        custody: bag.custody.clone(),
        form,
        critical: released.map(|(_, contents)| Critical::of(contents)),
        released: released.map(|(_, contents)| Box::new(contents.clone())),
        corrected,
        passages: bag.passages.iter().map(|note| passed(bag, note, opened)).collect(),
        readers: bag.readers.clone(),
        belongings: bag.belongings.clone(),
        files: opened.files.iter().map(photo_view).collect(),
        taken: opened.taken.clone(),
        missing,
        unchecked,
        due: bag.is_due(opened.at),
        home,
        next: next(bag, actor),
        waiting: opened.waiting,
        refused: opened.refused.iter().map(|(_, why)| refusal_in_words(why)).collect(),
        seen: opened.seen.clone(),
    })
}

fn passed(bag: &Bag, note: &record::bag::Note, opened: &OpenedBag) -> Passed {
    let Said::Passed(passage) = &note.said else { return unwritten(note) };
    let typed = passage.to.as_ref().filter(|party| !party.is_verified());
    Passed {
        step: passage.step,
        by: format!("{}, {}", note.by.name, note.by.title),
        organisation: note.by.organisation.clone(),
        typed: typed.map(|party| format!("{}, {}", party.name(), party.organisation())),
        place: passage.place.clone(),
        tracker: passage.tracker.clone(),
        items: passage.items,
        remark: passage.remark.clone(),
        version: passage.contents.as_ref().map(|contents| contents.version),
        hub: bag.at_hub(note.id),
        unproven: opened.vouched.contains(&note.id),
        aside: bag.aside.contains(&note.id),
        ..unwritten(note)
    }
}

fn unwritten(note: &record::bag::Note) -> Passed {
    Passed {
        note: note.id,
        step: Step::MakeReady,
        by: String::new(),
        organisation: String::new(),
        device: note.chain.as_str().split('/').next().unwrap_or_default().to_owned(),
        at: note.at,
        hub: None,
        typed: None,
        place: String::new(),
        tracker: String::new(),
        items: None,
        remark: String::new(),
        version: None,
        unproven: false,
        aside: false,
    }
}

/// The steps this user may take from where the bag is.
fn next(bag: &Bag, actor: &Actor) -> Vec<Step> {
    let home = actor.organisation.ods == bag.header.home.ods;
    let open = |step: &&Step| {
        bag.admits(**step, &actor.organisation.ods) && step.falls_to(home) && step.may_be_taken_by(actor.role)
    };
    Step::ALL.iter().filter(open).copied().collect()
}

/// The moving code, drawn on every processor. Larger modules and less correction than the slip's: it is read from a whole screen, a frame that is
/// not read is replaced by any other, and none is trusted by its picture.
fn moving(frames: &[String]) -> Result<Vec<Modules>, Trouble> {
    let most = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = frames.chunks(frames.len().div_ceil(most).max(1));
    let all = |part: &[String]| part.iter().map(|frame| drawn(frame, EcLevel::L)).collect::<Result<Vec<_>, _>>();
    std::thread::scope(|scope| {
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || all(part))).collect();
        let mut drawn = Vec::with_capacity(frames.len());
        for part in parts {
            drawn.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(drawn)
    })
}

/// A code as modules: black on white whatever the theme, or no camera reads it.
pub(crate) fn drawn(code: &str, level: EcLevel) -> Result<Modules, Trouble> {
    let fault = || Trouble::Fault { place: "bag:picture".into() };
    let qr = QrCode::with_error_correction_level(code, level).map_err(|_| fault())?;
    let dark: Vec<bool> = qr.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Ok(Modules::of(u16::try_from(qr.width()).map_err(|_| fault())?, &dark))
}
