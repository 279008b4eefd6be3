//! The parts of a post and of an answer that are about consent beside the choices themselves: claims, what is wanted again, and signed
//! forms. They stand at the end of the post's bytes, in the order in which they came to be.

use super::WireFault;
use crate::letter::{ClaimMade, Post, SignedForm};
use record::PersonId;
use record::canon::{NotCanonical, Reader, Writer};

/// What follows the choices in a post.
pub(super) fn put_rest(to: Writer, post: &Post) -> Writer {
    let to = post.claims.iter().fold(to.number(post.claims.len() as u64), |to, claim| {
        to.text(&claim.key).text(&claim.number.digits()).text(&claim.born).text(&claim.why)
    });
    let to = post.again.iter().fold(to.number(post.again.len() as u64), |to, person| to.bytes(person.as_bytes()));
    let to = to.number(post.forms.len() as u64);
    post.forms.iter().fold(to, |to, form| to.text(&form.key).text(&form.mime).bytes(&form.bytes))
}

type Rest = (Vec<ClaimMade>, Vec<PersonId>, Vec<SignedForm>);

pub(super) fn take_rest(from: &mut Reader<'_>) -> Result<Rest, WireFault> {
    let mut claims = Vec::new();
    for _ in 0..from.number()? {
        claims.push(ClaimMade {
            key: from.text()?.to_owned(),
            number: from.parsed()?,
            born: from.text()?.to_owned(),
            why: from.text()?.to_owned(),
        });
    }
    let mut again = Vec::new();
    for _ in 0..from.number()? {
        again.push(PersonId::from_bytes(from.array()?));
    }
    let mut forms = Vec::new();
    for _ in 0..from.number()? {
        forms.push(SignedForm {
            key: from.text()?.to_owned(),
            mime: from.text()?.to_owned(),
            bytes: from.bytes()?.to_vec(),
        });
    }
    Ok((claims, again, forms))
}

pub(super) fn put_answers(answers: &[(String, Option<PersonId>)]) -> Writer {
    let head = Writer::new(super::VERSION).number(answers.len() as u64);
    answers.iter().fold(head, |to, (key, person)| {
        // Nobody is no bytes.
        to.text(key).bytes(person.as_ref().map_or(&[][..], |p| p.as_bytes()))
    })
}

pub(super) fn take_answers(from: &mut Reader<'_>) -> Result<Vec<(String, Option<PersonId>)>, WireFault> {
    let mut answers = Vec::new();
    for _ in 0..from.number()? {
        let key = from.text()?.to_owned();
        let person = match from.bytes()? {
            [] => None,
            bytes => Some(PersonId::from_bytes(bytes.try_into().map_err(|_| NotCanonical)?)),
        };
        answers.push((key, person));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_claim_reads_back() {
        let answers = vec![("a".to_owned(), None), ("b".to_owned(), Some(PersonId::from_bytes([7; 16])))];
        let bytes = put_answers(&answers).finish();
        let mut from = Reader::new(&bytes, super::super::VERSION).unwrap();
        assert_eq!(take_answers(&mut from).unwrap(), answers);
    }
}
