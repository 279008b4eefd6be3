//! Writes JSON straight into one string: members in the order they are given, commas and escapes looked after. Not a data model
//! and not a parser; a generator of 40 GB can afford neither a tree nor a second pass.

use std::fmt::{Display, Write as _};

/// A JSON text under construction. Names are constants of ours and are written as they are; values are escaped.
#[derive(Debug, Default)]
pub struct Json {
    out: String,
    /// The next thing is the first of its object or array, so it has no comma before it.
    first: bool,
}

impl Json {
    pub fn with_capacity(bytes: usize) -> Json {
        Json { out: String::with_capacity(bytes), first: true }
    }

    pub fn finish(self) -> String {
        self.out
    }

    /// `{…}` as the whole text or as an element of an array.
    pub fn element(&mut self, members: impl FnOnce(&mut Json)) {
        self.comma();
        self.enclosed('{', '}', members);
    }

    /// `"name":{…}`
    pub fn object(&mut self, name: &str, members: impl FnOnce(&mut Json)) {
        self.name(name);
        self.enclosed('{', '}', members);
    }

    /// `"name":[…]`
    pub fn list(&mut self, name: &str, elements: impl FnOnce(&mut Json)) {
        self.name(name);
        self.enclosed('[', ']', elements);
    }

    /// `"name":[{…}]`: the most frequent shape in FHIR.
    pub fn one(&mut self, name: &str, members: impl FnOnce(&mut Json)) {
        self.list(name, |list| list.element(members));
    }

    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// A text member whose value is put together from parts that need no escape (dates, identifiers).
    pub fn plain(&mut self, name: &str, value: impl Display) {
        self.name(name);
        self.out.push('"');
        // Writing to a `String` does not fail.
        let _ = write!(self.out, "{value}");
        self.out.push('"');
    }

    /// A number, or a boolean: written without quotes.
    pub fn bare(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.out, "{value}");
    }

    /// A text as an element of an array.
    pub fn text_element(&mut self, value: &str) {
        self.comma();
        self.quoted(value);
    }

    fn enclosed(&mut self, open: char, close: char, inside: impl FnOnce(&mut Json)) {
        self.out.push(open);
        self.first = true;
        inside(self);
        self.out.push(close);
        self.first = false;
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn comma(&mut self) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
    }

    fn quoted(&mut self, value: &str) {
        self.out.push('"');
        if value.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
            for c in value.chars() {
                match c {
                    '"' => self.out.push_str("\\\""),
                    '\\' => self.out.push_str("\\\\"),
                    '\n' => self.out.push_str("\\n"),
                    c if (c as u32) < 0x20 => {
                        let _ = write!(self.out, "\\u{:04x}", c as u32);
                    }
                    c => self.out.push(c),
                }
            }
        } else {
            self.out.push_str(value);
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_a_parser_reads_back() {
        let mut json = Json::with_capacity(64);
        json.element(|j| {
            j.text("a", "quote \" slash \\ line\n tab\t é");
            j.list("b", |l| {
                l.text_element("x");
                l.element(|_| {});
            });
            j.object("c", |o| o.bare("n", -1.5));
            j.list("d", |_| {});
        });
        let read: serde_json::Value = serde_json::from_str(&json.finish()).unwrap();
        let expected =
            serde_json::json!({"a": "quote \" slash \\ line\n tab\t é", "b": ["x", {}], "c": {"n": -1.5}, "d": []});
        assert_eq!(read, expected);
    }
}
