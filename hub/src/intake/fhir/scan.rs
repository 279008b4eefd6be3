//! One pass over JSON that is already known to be JSON: is it nested too deep, does a name stand twice in one object. Not a parser.
//!
//! FHIR R4 section 2.6.2: a property appears once. Readers differ in which of two they take, so a resource with two has no certain
//! meaning.

/// The deepest nesting accepted. Real resources stay below 30; `serde_json` reads values to 128.
pub const DEPTH_LIMIT: usize = 100;

/// What is wrong with the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trap {
    TooDeep,
    DuplicateKey,
}

/// Looks for traps in valid JSON. On text that is not JSON the answer means nothing, but there is one.
pub fn traps(json: &str) -> Option<Trap> {
    let bytes = json.as_bytes();
    let mut names: Vec<&[u8]> = Vec::new();
    // Per open bracket: where its names begin, or `None` for a list.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut name_next = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let start = at;
                at = end_of_string(bytes, at);
                if name_next {
                    names.push(bytes.get(start..at).unwrap_or_default());
                    name_next = false;
                }
                at += 1;
            }
            b'{' | b'[' => {
                open.push((byte == b'{').then_some(names.len()));
                name_next = byte == b'{';
                if open.len() > DEPTH_LIMIT {
                    return Some(Trap::TooDeep);
                }
            }
            b'}' | b']' => {
                if let Some(Some(from)) = open.pop() {
                    if twice(names.get_mut(from..).unwrap_or_default()) {
                        return Some(Trap::DuplicateKey);
                    }
                    names.truncate(from);
                }
                name_next = false;
            }
            b',' => name_next = matches!(open.last(), Some(Some(_))),
            _ => {}
        }
    }
    None
}

fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.iter().position(|b| *b == b'"' || *b == b'\\') {
            Some(n) if rest[n] == b'"' => return at + n,
            Some(n) => at += n + 2,
            None => return bytes.len(),
        }
    }
}

/// Pairs for a few names, sorting for many, so that a hostile object costs little.
fn twice(names: &mut [&[u8]]) -> bool {
    if names.len() > 12 {
        names.sort_unstable();
        return names.windows(2).any(|pair| pair[0] == pair[1]);
    }
    names.iter().enumerate().any(|(n, name)| names[..n].contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let deep = format!("{}1{}", "[".repeat(101), "]".repeat(101));
        let wide: String = (0..20).map(|n| format!("\"k{n}\":0,")).collect();
        for (json, trap) in [
            ("{\"a\":1,\"b\":{\"a\":1}}", None),
            ("{\"a\":1,\"a\":2}", Some(Trap::DuplicateKey)),
            ("[{\"a\":[\"a\",\"a\"],\"b\":\"\\\"a\"}]", None),
            ("{\"x\":[{\"a\":1},{\"a\":1}]}", None),
            ("{\"x\":[{\"a\":1,\"b\\\"\":{},\"b\\\"\":1}]}", Some(Trap::DuplicateKey)),
            (&format!("{{{wide}\"z\":1}}"), None),
            (&format!("{{{wide}\"k7\":1}}"), Some(Trap::DuplicateKey)),
            (&deep, Some(Trap::TooDeep)),
            ("\"\\", None),
            ("", None),
        ] {
            assert_eq!(traps(json), trap, "{json}");
        }
    }
}
