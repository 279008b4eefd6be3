//! What an officer's passphrase must be, and how it is kept: Argon2id, 64 MiB, three passes, like the PIN of a device. Not when it may be
//! tried: that is `super::signin`.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use record::people::Actor;
use thiserror::Error;

/// Fewest characters. Three random words (National Cyber Security Centre) have more.
pub const LEAST: usize = 12;
const MOST: usize = 200;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Why a passphrase is not taken, in words for the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfit {
    #[error("Passphrase must be 12 characters or more")]
    Short,
    #[error("Passphrase must be 200 characters or fewer")]
    Long,
    #[error("Passphrase must not contain your name, your staff number or your organisation")]
    Yours,
    #[error("Passphrase must have at least 6 different characters")]
    Plain,
    #[error("The two passphrases are not the same")]
    Differ,
}

/// Judges a new passphrase.
pub fn judge(passphrase: &str, again: &str, actor: &Actor) -> Result<(), Unfit> {
    let lower = passphrase.to_lowercase();
    let mut letters: Vec<char> = lower.chars().collect();
    if letters.len() < LEAST {
        return Err(Unfit::Short);
    }
    if letters.len() > MOST {
        return Err(Unfit::Long);
    }
    let words = actor.name.split_whitespace().chain([actor.staff.as_str(), actor.organisation.ods.as_str()]);
    if words.filter(|word| word.len() > 2).any(|word| lower.contains(&word.to_lowercase())) {
        return Err(Unfit::Yours);
    }
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 6 {
        return Err(Unfit::Plain);
    }
    if passphrase != again {
        return Err(Unfit::Differ);
    }
    Ok(())
}

/// The passphrase could not be stretched: no memory, or a stored value that is none.
#[derive(Debug, Error)]
#[error("a passphrase could not be stretched")]
pub struct Unstretched;

fn argon2() -> Result<Argon2<'static>, Unstretched> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| Unstretched)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is kept of it. `salt`: fresh random bytes.
pub fn keep(passphrase: &str, salt: &[u8; 32]) -> Result<String, Unstretched> {
    let salt = SaltString::encode_b64(&salt[..16]).map_err(|_| Unstretched)?;
    let kept = argon2()?.hash_password(passphrase.as_bytes(), &salt).map_err(|_| Unstretched)?;
    Ok(kept.to_string())
}

/// Whether this is the one that was kept; compared in constant time. With nothing kept it takes as long and is not.
pub fn fits(passphrase: &str, kept: Option<&str>) -> Result<bool, Unstretched> {
    let Some(kept) = kept else {
        keep(passphrase, &[0; 32])?;
        return Ok(false);
    };
    let kept = PasswordHash::new(kept).map_err(|_| Unstretched)?;
    Ok(argon2()?.verify_password(passphrase.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::people::{Organisation, Role};

    #[test]
    fn a_passphrase_is_long_various_and_not_about_its_owner() {
        let actor = Actor {
            staff: "P0001".parse().unwrap(),
            name: "Ada Marlow".into(),
            role: Role::PrivacyOfficer,
            title: "Privacy officer".into(),
            organisation: Organisation { ods: "ZZC1".parse().unwrap(), name: "Trust".into() },
        };
        let long = "ab cdefg ".repeat(30);
        for (text, again, judged) in [
            ("otter lamp fern", "otter lamp fern", Ok(())),
            ("naïve café über", "naïve café über", Ok(())),
            ("otter lamp", "otter lamp", Err(Unfit::Short)),
            (&long, &long, Err(Unfit::Long)),
            ("marlow lamp fern", "marlow lamp fern", Err(Unfit::Yours)),
            ("p0001 lamp fern", "p0001 lamp fern", Err(Unfit::Yours)),
            ("aaaaaaaabbbbb", "aaaaaaaabbbbb", Err(Unfit::Plain)),
            ("otter lamp fern", "otter lamp Fern", Err(Unfit::Differ)),
        ] {
            assert_eq!(judge(text, again, &actor), judged, "{text}");
        }
    }

    #[test]
    fn only_the_same_words_fit() {
        let kept = keep("otter lamp fern", &[7; 32]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{kept}");
        assert!(fits("otter lamp fern", Some(&kept)).unwrap());
        assert!(!fits("otter lamp fern ", Some(&kept)).unwrap());
        assert!(!fits("otter lamp fern", None).unwrap());
        assert!(fits("otter lamp fern", Some("nonsense")).is_err());
    }
}
