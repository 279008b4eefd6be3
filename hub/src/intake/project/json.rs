//! JSON as its source wrote it: numbers keep their digits, members their order, and asking for what is not there gives nothing. Read
//! once per resource when a record is projected. Not for the import, which reads only a few elements (`fhir::head`).

use std::borrow::Cow;

/// Deeper than the import admits.
const DEPTH: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    /// As written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

static NULL: Json<'static> = Json::Null;

impl<'a> Json<'a> {
    /// Reads a text; `None` where it is not JSON or nested too deep.
    pub fn parse(text: &'a str) -> Option<Json<'a>> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.space();
        (reader.at == text.len()).then_some(value)
    }

    /// A member, or null.
    pub fn get(&self, name: &str) -> &Json<'a> {
        match self {
            Json::Object(members) => members.iter().find(|(n, _)| n == name).map_or(null(), |(_, v)| v),
            _ => null(),
        }
    }

    /// A member of a member of a member; a list on the way means its first element.
    pub fn at(&self, path: &[&str]) -> &Json<'a> {
        path.iter().fold(self, |json, name| match json {
            Json::List(items) => items.first().unwrap_or(null()).get(name),
            _ => json.get(name),
        })
    }

    /// The text of this value, trimmed, if it is one with something in it. Numbers and booleans count as their text.
    pub fn text(&self) -> Option<&str> {
        let text = match self {
            Json::Text(text) => text.trim(),
            Json::Number(digits) => digits,
            Json::Bool(true) => "true",
            Json::Bool(false) => "false",
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).text()
    }

    pub fn owned(&self, name: &str) -> Option<String> {
        self.str(name).map(str::to_owned)
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Json::Bool(b) => Some(*b),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The elements of a list; one value counts as a list of one, null as none.
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Json::List(items) => items,
            Json::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    pub fn list(&self, name: &str) -> &[Json<'a>] {
        self.get(name).items()
    }

    pub fn members(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The member of a choice element (`value[x]`) and the type it was given as.
    pub fn choice(&self, stem: &str) -> Option<(&str, &Json<'a>)> {
        self.members().iter().find_map(|(name, value)| {
            let kind = name.strip_prefix(stem)?;
            kind.starts_with(|c: char| c.is_ascii_uppercase()).then_some((kind, value))
        })
    }

    /// The extensions whose address ends in `name`.
    pub fn extensions<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Json<'a>> {
        self.list("extension").iter().filter(move |e| e.str("url").is_some_and(|url| url.ends_with(name)))
    }

    /// The value of the first such extension.
    pub fn extension(&self, name: &str) -> &Json<'a> {
        let named = self.list("extension").iter().filter(|e| e.str("url").is_some_and(|url| url.ends_with(name)));
        named.into_iter().find_map(|e| e.choice("value").map(|(_, v)| v)).unwrap_or(null())
    }
}

fn null<'x, 'a>() -> &'x Json<'a> {
    // `Json` is covariant, so the static null serves every lifetime.
    &NULL
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        if depth > DEPTH {
            return None;
        }
        self.space();
        match self.peek()? {
            b'{' => {
                self.at += 1;
                let mut members = Vec::new();
                if self.take(b'}').is_some() {
                    return Some(Json::Object(members));
                }
                loop {
                    self.space();
                    let name = self.string()?;
                    self.take(b':')?;
                    members.push((name, self.value(depth + 1)?));
                    if self.take(b',').is_none() {
                        self.take(b'}')?;
                        return Some(Json::Object(members));
                    }
                }
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                if self.take(b']').is_some() {
                    return Some(Json::List(items));
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    if self.take(b',').is_none() {
                        self.take(b']')?;
                        return Some(Json::List(items));
                    }
                }
            }
            b'"' => self.string().map(Json::Text),
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                let word = rest.get(..end)?;
                self.at += end;
                match word {
                    "null" => Some(Json::Null),
                    "true" => Some(Json::Bool(true)),
                    "false" => Some(Json::Bool(false)),
                    _ => word.parse::<f64>().ok().map(|_| Json::Number(word)),
                }
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        (self.peek() == Some(b'"')).then_some(())?;
        self.at += 1;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let n = rest.iter().position(|b| matches!(b, b'"' | b'\\'))?;
            if rest.get(n) == Some(&b'"') {
                self.at += n + 1;
                break;
            }
            escaped = true;
            self.at += n + 2;
        }
        let quoted = self.text.get(start..self.at)?;
        if escaped {
            serde_json::from_str::<String>(quoted).ok().map(Cow::Owned)
        } else {
            quoted.get(1..quoted.len() - 1).map(Cow::Borrowed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_nothing_is_not_an_error() {
        let text = r#" {"v":1.500,"e":"a\"b\u00e9","l":[{"c":"x"},2],"t":true,"n":null} "#;
        let Some(json) = Json::parse(text) else { panic!() };
        assert_eq!(json.str("v"), Some("1.500"));
        assert_eq!(json.str("e"), Some("a\"bé"));
        assert_eq!(json.at(&["l", "c"]).text(), Some("x"));
        assert_eq!(json.at(&["l", "nope", "deeper"]), &Json::Null);
        assert_eq!((json.list("l").len(), json.list("v").len(), json.list("n").len()), (2, 1, 0));
    }

    #[test]
    fn what_is_not_json_is_nothing() {
        for text in ["", "{", "{\"a\"}", "[1,]", "nul", "{\"a\":1}x", "\"\\", &"[".repeat(300)] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
    }
}
