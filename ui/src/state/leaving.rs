//! The pages around a round: who is ready, where one's own work is, and what a colleague carries. As last asked; each is asked anew when its page
//! is opened.

use desk::ready::{Carried, Ready, Receipts, ShownOutbox};
use std::rc::Rc;

/// What is kept of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Leaving {
    pub receipts: Option<Rc<Receipts>>,
    pub ready: Option<Rc<Ready>>,
    /// The code for a colleague, and what came of it.
    pub shown: Option<Rc<ShownOutbox>>,
    /// What was taken along for one.
    pub carried: Option<Carried>,
}

/// An answer about one of them.
#[derive(Debug, Clone)]
pub enum Left {
    Receipts(Box<Receipts>),
    Ready(Box<Ready>),
    Carried(Carried),
}

impl Leaving {
    pub(super) fn take(&mut self, answer: Left) {
        match answer {
            Left::Receipts(receipts) => self.receipts = Some(Rc::from(receipts)),
            Left::Ready(ready) => self.ready = Some(Rc::from(ready)),
            Left::Carried(carried) => self.carried = Some(carried),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::view::Link;
    use record::Stamp;

    #[test]
    fn an_answer_takes_the_place_of_the_one_before() {
        let mut leaving = Leaving::default();
        let receipts = |changes| Receipts {
            changes,
            looks: 0,
            looks_held: None,
            people: vec![],
            sealed: 0,
            carried: 0,
            stuck: 0,
            pictures_stay: false,
            link: Link::Offline,
            now: Stamp::from_millis(0),
        };
        leaving.take(Left::Receipts(Box::new(receipts(2))));
        leaving.take(Left::Receipts(Box::new(receipts(0))));
        assert_eq!(leaving.receipts.unwrap().changes, 0);
    }
}
