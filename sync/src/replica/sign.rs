//! Signing a paper and checking a signature: Ed25519 by the person's own key over the moment, the digest of what is covered, and who.
//! The key never comes here; it is asked to sign.

use super::layout::{self, SIGNATURES};
use super::write::json;
use super::{Hand, Made, Replica, ReplicaFault};
use ed25519_dalek::{Signature as Ed25519, Verifier, VerifyingKey};
use record::consent::Permit;
use record::plan::sign::hex;
use record::plan::{EditFault, Heads, Paper, Signature, What};
use record::{PersonId, Stamp};

/// Signs bytes with the person's key, wherever it is kept.
pub type Key<'a> = dyn Fn(&[u8]) -> [u8; 64] + 'a;

impl Replica {
    /// Whether the paper says now what it said at this moment, which is what its signer has on the screen.
    pub fn still_says(&mut self, paper: Paper, permit: &Permit, hand: &Hand, seen: &Heads) -> Result<(), ReplicaFault> {
        let now = self.read(permit)?;
        paper.check(&now, hand.author.role)?;
        // A moment that is not of this plan was seen by nobody.
        let at = self.known(seen).map_err(|_| EditFault::Moved)?;
        if paper.digest(&self.plan_at(Some(&at))?) == paper.digest(&now) {
            Ok(())
        } else {
            Err(EditFault::Moved.into())
        }
    }

    /// Signs a paper as it stands now. `id` is fresh chance; `key` signs bytes.
    pub fn sign(
        &mut self,
        paper: Paper,
        permit: &Permit,
        hand: &Hand,
        (id, key): (&str, &Key<'_>),
        now: Stamp,
    ) -> Result<Made, ReplicaFault> {
        let plan = self.read(permit)?;
        paper.check(&plan, hand.author.role)?;
        let mut signature = Signature {
            id: id.to_owned(),
            paper,
            heads: plan.heads.clone(),
            digest: hex(&paper.digest(&plan)),
            by: hand.author.clone(),
            chain: hand.chain.clone(),
            at: now,
            signature: String::new(),
        };
        signature.signature = hex(&key(&signature.signed_bytes(self.person)));
        self.as_hand(hand, &What::Signed(paper), now, |replica| {
            let map = layout::container(replica.person, SIGNATURES)?;
            replica.put(&map, id, &json(&signature)?)
        })
    }
}

/// Whether the signature was made by this key over what it says.
pub fn check(signature: &Signature, person: PersonId, key: &VerifyingKey) -> bool {
    let nibbles: Option<Vec<u8>> =
        signature.signature.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let bytes = nibbles.map(|n| n.chunks(2).map(|pair| pair.iter().fold(0, |byte, half| byte << 4 | half)).collect());
    let bytes: Option<[u8; 64]> = bytes.and_then(|b: Vec<u8>| b.try_into().ok());
    bytes.is_some_and(|b| key.verify(&signature.signed_bytes(person), &Ed25519::from_bytes(&b)).is_ok())
}
