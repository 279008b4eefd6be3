//! A device's audit at the hub: compared with what is held, verified from the held head with the same code as on the device, stored,
//! receipted; or the place where it breaks noted. What an entry says is not looked at.

use super::{Answering, PostFault};
use crate::store::trust;
use record::audit::{Break, BreakKind, first_break};
use sync::letter::{Letter, Receipt};
use sync::wire;

impl Answering<'_> {
    /// Entries the hub has are compared, new ones verified from its head; whole: stored and receipted; not whole: an alarm.
    pub(super) fn audit(&mut self) -> Result<(), PostFault> {
        let chain = self.post.chain.clone();
        let (head, broken) = trust::chain(self.tx, &chain)?;
        if let Some(at) = broken {
            return self.say(&Letter::Broken { at, kind: BreakKind::Fork });
        }
        let verdict = self.verify(&chain, head)?;
        let head = match verdict {
            Ok((fresh, new)) => {
                if fresh > 0 {
                    let entries = self.post.entries.split_off(self.post.entries.len() - fresh);
                    trust::extend(self.tx, &chain, new, &entries, self.now)?;
                }
                new
            }
            Err(at) => {
                trust::broken(self.tx, &chain, at.at, at.kind.code())?;
                return self.say(&Letter::Broken { at: at.at, kind: at.kind });
            }
        };
        if head.seq > self.post.receipted {
            let receipt = Receipt {
                chain,
                epoch: head.epoch,
                through: head.seq,
                link: head.link,
                at: self.now,
                signature: [0; 64],
            };
            self.say(&Letter::Receipt(wire::sign_receipt(receipt, self.key)))?;
        }
        Ok(())
    }

    /// How many of the post's entries are new, and the head after them; or where the chain does not hold.
    fn verify(
        &self,
        chain: &record::ChainId,
        head: record::audit::Head,
    ) -> Result<Result<(usize, record::audit::Head), Break>, PostFault> {
        let post = &self.post;
        let brk = |at, kind| Ok(Err(Break { at, kind }));
        if post.head.epoch != head.epoch {
            return brk(head.seq + 1, BreakKind::Stranger);
        }
        // The device has lost entries that the hub receipted (an old copy was restored), or claims receipts never given.
        if post.head.seq < head.seq {
            return brk(post.head.seq + 1, BreakKind::Fork);
        }
        if post.receipted > head.seq {
            return brk(head.seq + 1, BreakKind::Gap);
        }
        let known = usize::try_from(head.seq - post.receipted).unwrap_or(usize::MAX).min(post.entries.len());
        for (seq, bytes) in (post.receipted + 1..).zip(&post.entries[..known]) {
            if trust::entry(self.tx, chain, head.epoch, seq)?.as_deref() != Some(bytes.as_slice()) {
                return brk(seq, BreakKind::Fork);
            }
        }
        // With nothing to compare, the heads must agree.
        if post.entries.is_empty() && post.head.seq == head.seq && post.head.link != head.link {
            return brk(head.seq, BreakKind::Fork);
        }
        let fresh = &post.entries[known..];
        Ok(first_break(chain, head, fresh.iter().map(Vec::as_slice)).map(|new| (fresh.len(), new)))
    }
}
