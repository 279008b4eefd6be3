//! Canonical bytes: one value has one encoding, so that hashes and signatures made on a phone verify at the hub. Integers are
//! LEB128, texts and byte strings carry their length, times are zig-zag. Not a general format: no types, no field names, no
//! skipping; the first byte of whatever is written is its version.

/// Writes canonical bytes.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    pub fn new(version: u8) -> Writer {
        // Room for an audit entry, which is written most often.
        let mut bytes = Vec::with_capacity(160);
        bytes.push(version);
        Writer(bytes)
    }

    pub fn number(mut self, mut value: u64) -> Writer {
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                self.0.push(low);
                return self;
            }
            self.0.push(low | 0x80);
        }
    }

    pub fn signed(self, value: i64) -> Writer {
        self.number(((value << 1) ^ (value >> 63)) as u64)
    }

    pub fn bytes(self, value: &[u8]) -> Writer {
        let mut writer = self.number(value.len() as u64);
        writer.0.extend_from_slice(value);
        writer
    }

    pub fn text(self, value: &str) -> Writer {
        self.bytes(value.as_bytes())
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// The bytes are not what [`Writer`] makes: cut short, overlong, not UTF-8, an unknown code, or followed by more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical;

impl std::fmt::Display for NotCanonical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bytes are not in canonical form")
    }
}

impl std::error::Error for NotCanonical {}

/// Reads canonical bytes, refusing every other encoding of the same value.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], version: u8) -> Result<Reader<'a>, NotCanonical> {
        match bytes.split_first() {
            Some((&first, rest)) if first == version => Ok(Reader(rest)),
            _ => Err(NotCanonical),
        }
    }

    pub fn number(&mut self) -> Result<u64, NotCanonical> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(NotCanonical)?;
            self.0 = rest;
            let low = u64::from(byte & 0x7f);
            if shift == 63 && low > 1 {
                return Err(NotCanonical);
            }
            value |= low << shift;
            if byte & 0x80 == 0 {
                // A final zero group would be a second encoding of the same number.
                return if byte == 0 && shift > 0 { Err(NotCanonical) } else { Ok(value) };
            }
        }
        Err(NotCanonical)
    }

    pub fn signed(&mut self) -> Result<i64, NotCanonical> {
        let raw = self.number()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], NotCanonical> {
        let length = usize::try_from(self.number()?).map_err(|_| NotCanonical)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NotCanonical)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], NotCanonical> {
        self.bytes()?.try_into().map_err(|_| NotCanonical)
    }

    pub fn text(&mut self) -> Result<&'a str, NotCanonical> {
        std::str::from_utf8(self.bytes()?).map_err(|_| NotCanonical)
    }

    pub fn parsed<T: std::str::FromStr>(&mut self) -> Result<T, NotCanonical> {
        self.text()?.parse().map_err(|_| NotCanonical)
    }

    /// Everything not yet read: for a payload that has a form of its own.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn end(self) -> Result<(), NotCanonical> {
        if self.0.is_empty() { Ok(()) } else { Err(NotCanonical) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(n: u64, s: i64, t: String, b: Vec<u8>) {
            let bytes = Writer::new(1).number(n).signed(s).text(&t).bytes(&b).finish();
            let mut reader = Reader::new(&bytes, 1).unwrap();
            prop_assert_eq!(reader.number(), Ok(n));
            prop_assert_eq!(reader.signed(), Ok(s));
            prop_assert_eq!(reader.text(), Ok(t.as_str()));
            prop_assert_eq!(reader.bytes(), Ok(b.as_slice()));
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn what_reads_is_the_only_encoding(bytes: Vec<u8>) {
            let mut whole = vec![1];
            whole.extend(&bytes);
            let mut reader = Reader::new(&whole, 1).unwrap();
            if let (Ok(n), Ok(t), Ok(())) = (reader.number(), reader.text(), reader.end()) {
                prop_assert_eq!(Writer::new(1).number(n).text(t).finish(), whole);
            }
        }
    }

    #[test]
    fn an_overlong_zero_is_refused() {
        assert_eq!(Reader::new(&[1, 0x80, 0x00], 1).and_then(|mut r| r.number()), Err(NotCanonical));
        assert!(Reader::new(&[2], 1).is_err());
    }
}
