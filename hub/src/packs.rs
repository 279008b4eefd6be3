//! Policy packs as files: TOML that a privacy officer can read and change, with one file a language beside it. Data, not code: another
//! programme's pack needs no change here. What a pack holds and what is wrong with one is `record::consent::pack`.

use record::consent::pack::{CacheRules, FreshnessLimits, GlassLimits, Lead, Leaflet, Pack, PackFault, Reason, View};
use record::consent::{Choice, Mode};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a pack's files are not a pack.
#[derive(Debug, Error)]
pub enum PackFileFault {
    #[error("{} could not be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is not a pack's TOML: {source}", path.display())]
    Form { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{}", list(faults))]
    Faults { faults: Vec<PackFault> },
}

fn list(faults: &[PackFault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// The file: a [`Pack`] whose languages are files of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u64,
    programme: String,
    lead: Lead,
    options: Vec<Choice>,
    languages: Vec<PathBuf>,
    view: View,
    freshness: FreshnessLimits,
    break_glass: GlassLimits,
    sources: CacheRules,
    reasons: Vec<Reason>,
}

/// Reads a pack and its languages from disk, and checks it whole.
pub fn read(path: &Path) -> Result<Pack, PackFileFault> {
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|source| PackFileFault::Read { path: path.to_owned(), source })
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(path, &text(path)?, |name| text(&folder.join(name)))
}

fn parse(
    path: &Path,
    text: &str,
    beside: impl Fn(&Path) -> Result<String, PackFileFault>,
) -> Result<Pack, PackFileFault> {
    let form = |path: &Path, source| PackFileFault::Form { path: path.to_owned(), source: Box::new(source) };
    let file: File = toml::from_str(text).map_err(|e| form(path, e))?;
    let leaflet = |name: &PathBuf| -> Result<Leaflet, PackFileFault> {
        toml::from_str(&beside(name)?).map_err(|e| form(name, e))
    };
    let pack = Pack {
        version: file.version,
        programme: file.programme,
        view: file.view,
        lead: file.lead,
        freshness: file.freshness,
        break_glass: file.break_glass,
        reasons: file.reasons,
        options: file.options,
        languages: file.languages.iter().map(leaflet).collect::<Result<_, _>>()?,
        sources: file.sources,
    };
    match pack.faults() {
        faults if faults.is_empty() => Ok(pack),
        faults => Err(PackFileFault::Faults { faults }),
    }
}

/// The pack a new hub begins with, in this view mode: the files in `hub/packs`, built in.
pub fn dorset(mode: Mode) -> Result<Pack, PackFileFault> {
    let beside = |name: &Path| match name.to_str() {
        Some("dorset/en.toml") => Ok(include_str!("../packs/dorset/en.toml").to_owned()),
        Some("dorset/pl.toml") => Ok(include_str!("../packs/dorset/pl.toml").to_owned()),
        Some("dorset/ur.toml") => Ok(include_str!("../packs/dorset/ur.toml").to_owned()),
        _ => Err(PackFileFault::Read { path: name.to_owned(), source: std::io::ErrorKind::NotFound.into() }),
    };
    let mut pack = parse(Path::new("dorset.toml"), include_str!("../packs/dorset.toml"), beside)?;
    pack.view.default = mode;
    Ok(pack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::consent::Policy;
    use record::consent::pack::Direction;
    use record::{Section, Sections};

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("packs").join(name)
    }

    #[test]
    fn the_default_pack_has_the_limits_of_the_reference_and_three_languages() {
        let pack = dorset(Mode::AskEachTime).unwrap();
        assert_eq!(pack, read(&file("dorset.toml")).unwrap(), "built in is what lies in the folder");
        let policy = pack.policy(&"RDY".parse().unwrap());
        let kept: Vec<Section> = Section::ALL.into_iter().filter(|s| !policy.care_staff.has(*s)).collect();
        let not_theirs =
            [Section::Results, Section::Referrals, Section::Procedures, Section::Documents, Section::Other];
        assert_eq!(kept, not_theirs, "what care staff do not see");
        assert_eq!(Policy { care_staff: Sections::ALL, ..policy }, Policy::standard(Mode::AskEachTime));
        let tags: Vec<_> = pack.languages.iter().map(|l| (l.tag.as_str(), l.direction)).collect();
        assert_eq!(tags, [("en", Direction::Ltr), ("pl", Direction::Ltr), ("ur", Direction::Rtl)]);
    }

    #[test]
    fn the_example_of_another_programme_is_whole() {
        let pack = read(&file("reason-first.toml")).unwrap();
        assert_eq!(pack.lead, Lead::Reason);
        assert!(!pack.cache_rule(&"ZZSEXUAL".parse().unwrap()).cached);
        assert_eq!(pack.policy(&"ZZASK".parse().unwrap()).mode, Mode::AskEachTime);
    }

    #[test]
    fn a_pack_that_is_wrong_says_where() {
        let good = std::fs::read_to_string(file("dorset.toml")).unwrap();
        let leaflet = std::fs::read_to_string(file("dorset/en.toml")).unwrap();
        let check = |text: &str, leaflet: &str| {
            parse(Path::new("p.toml"), text, |_| Ok(leaflet.to_owned())).unwrap_err().to_string()
        };
        let one = good.replace(r#"["dorset/en.toml", "dorset/pl.toml", "dorset/ur.toml"]"#, r#"["en.toml"]"#);
        for (text, leaflet, says) in [
            (one.replace("minutes = 60", "minutes = 0"), leaflet.clone(), "break_glass.minutes"),
            (one.replace("minutes = 60", "minuets = 60"), leaflet.clone(), "unknown field `minuets`"),
            (one.replace("fresh_hours = 24", "fresh_hours = 500"), leaflet.clone(), "freshness"),
            (one.clone(), leaflet.replace("sign = \"Sign your name here\"", "sign = \"\""), "languages, en"),
            (one.replace(r#", "N2"]"#, "]"), leaflet.clone(), "options"),
            (good, leaflet, "a tag stands twice"),
        ] {
            let said = check(&text, &leaflet);
            assert!(said.contains(says), "{said}");
        }
    }
}
