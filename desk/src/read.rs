//! Reads an answer in few bytes of code. serde's derived readers take a struct as a map or as a sequence, a name as text, bytes or a
//! number, and every reader is compiled into the JSON parser anew: in the screen's wasm that was half a megabyte. This reader parses
//! once, into [`Value`], and walks it by the one form that our own writers use; the forms it never asks for are never compiled.
//!
//! Not here: lenience. What is not in that form is no answer. Foreign JSON is read with `serde_json` itself.

use crate::ask::{Question, Reply};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use std::fmt;

/// The reply to a question of type `Q`, or nothing where the text is no such reply.
pub fn reply<Q: Question>(text: &str) -> Option<Reply<Q>> {
    from_text(text)
}

/// Any value that our own writers wrote as JSON.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    let value = serde_json::from_str(text).ok()?;
    T::deserialize(Read(value)).ok()
}

/// Why is not said: a nurse could do nothing with it, and the words would be compiled for every type.
#[derive(Debug)]
struct NotSo;

impl fmt::Display for NotSo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in the form that our own writers use")
    }
}

impl std::error::Error for NotSo {}

impl serde::de::Error for NotSo {
    fn custom<T: fmt::Display>(_: T) -> NotSo {
        NotSo
    }

    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> NotSo {
        NotSo
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> NotSo {
        NotSo
    }

    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> NotSo {
        NotSo
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> NotSo {
        NotSo
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> NotSo {
        NotSo
    }

    fn missing_field(_: &'static str) -> NotSo {
        NotSo
    }

    fn duplicate_field(_: &'static str) -> NotSo {
        NotSo
    }
}

struct Read(Value);

// What does not depend on the type read is compiled once, and called.
impl Read {
    #[inline(never)]
    fn text(self) -> Result<String, NotSo> {
        if let Value::String(text) = self.0 { Ok(text) } else { Err(NotSo) }
    }

    #[inline(never)]
    fn items(self) -> Result<Items, NotSo> {
        if let Value::Array(items) = self.0 { Ok(Items(items.into_iter())) } else { Err(NotSo) }
    }

    #[inline(never)]
    fn fields(self) -> Result<Fields, NotSo> {
        let Value::Object(fields) = self.0 else { return Err(NotSo) };
        Ok(Fields { left: fields.into_iter(), name: String::new(), content: None })
    }

    #[inline(never)]
    fn variant(self) -> Result<Variant, NotSo> {
        match self.0 {
            Value::String(name) => Ok(Variant { name, content: None }),
            Value::Object(fields) => {
                let mut fields = fields.into_iter();
                let (Some((name, content)), None) = (fields.next(), fields.next()) else { return Err(NotSo) };
                Ok(Variant { name, content: Some(content) })
            }
            _ => Err(NotSo),
        }
    }

    #[inline(never)]
    fn whole(self) -> Result<Whole, NotSo> {
        let Value::Number(number) = self.0 else { return Err(NotSo) };
        number.as_u64().map(Whole::Counted).or_else(|| number.as_i64().map(Whole::Signed)).ok_or(NotSo)
    }
}

enum Whole {
    Counted(u64),
    Signed(i64),
}

/// Whole numbers, all alike: the number is offered, and the type takes it or not.
macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
            match self.whole()? {
                Whole::Counted(number) => visitor.visit_u64(number),
                Whole::Signed(number) => visitor.visit_i64(number),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Read {
    type Error = NotSo;

    /// Only for values that are kept as they came.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        self.0.deserialize_any(visitor).map_err(|_| NotSo)
    }

    whole_numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        self.deserialize_f64(visitor)
    }

    /// A whole real may be written as a whole number.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_f64(self.0.as_f64().ok_or(NotSo)?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_bool(self.0.as_bool().ok_or(NotSo)?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_str(&self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_str(&self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(NotSo) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NotSo> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotSo> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, NotSo> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_map(self.fields()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotSo> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotSo> {
        visitor.visit_enum(self.variant()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotSo> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf i128 u128 }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = NotSo;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NotSo> {
        self.0.next().map(|item| seed.deserialize(Read(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of an object; a name is read before its content.
struct Fields {
    left: serde_json::map::IntoIter,
    name: String,
    content: Option<Value>,
}

impl Fields {
    #[inline(never)]
    fn next(&mut self) -> Option<&str> {
        let (name, content) = self.left.next()?;
        (self.name, self.content) = (name, Some(content));
        Some(&self.name)
    }

    #[inline(never)]
    fn content(&mut self) -> Result<Read, NotSo> {
        self.content.take().map(Read).ok_or(NotSo)
    }
}

impl<'de> MapAccess<'de> for Fields {
    type Error = NotSo;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NotSo> {
        self.next().map(|name| seed.deserialize(StrDeserializer::<NotSo>::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NotSo> {
        seed.deserialize(self.content()?)
    }
}

struct Variant {
    name: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = NotSo;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content), NotSo> {
        let name = seed.deserialize(StrDeserializer::<NotSo>::new(&self.name))?;
        Ok((name, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl<'de> VariantAccess<'de> for Content {
    type Error = NotSo;

    fn unit_variant(self) -> Result<(), NotSo> {
        if self.0.is_none() { Ok(()) } else { Err(NotSo) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NotSo> {
        seed.deserialize(Read(self.0.ok_or(NotSo)?))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotSo> {
        Read(self.0.ok_or(NotSo)?).deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, NotSo> {
        Read(self.0.ok_or(NotSo)?).deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Unit,
        New(u8),
        Pair(i64, f64),
        Named { a: Option<String>, b: Vec<(u16, char)> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Whole {
        shapes: Vec<Shape>,
        by_name: BTreeMap<String, Option<bool>>,
        nothing: (),
        small: [u8; 3],
        real: f64,
    }

    fn whole() -> Whole {
        Whole {
            shapes: vec![
                Shape::Unit,
                Shape::New(255),
                Shape::Pair(-1, 0.5),
                Shape::Named { a: None, b: vec![(1, 'å'), (2, 'z')] },
                Shape::Named { a: Some("x".into()), b: vec![] },
            ],
            by_name: [("a".to_owned(), None), ("b".to_owned(), Some(true))].into(),
            nothing: (),
            small: [1, 2, 3],
            real: 2.0,
        }
    }

    #[test]
    fn reads_what_our_writers_write() {
        let text = serde_json::to_string(&whole()).unwrap();
        assert_eq!(from_text::<Whole>(&text), Some(whole()));
    }

    #[test]
    fn takes_nothing_else() {
        let text = serde_json::to_string(&whole()).unwrap();
        for (from, to) in [
            (r#""Unit""#, r#""Other""#),
            (r#"{"New":255}"#, r#"{"New":256}"#),
            (r#"{"New":255}"#, r#"{"New":255,"Unit":null}"#),
            (r#"{"Pair":[-1,0.5]}"#, r#"{"Pair":[-1]}"#),
            (r#"[1,2,3]"#, r#"[1,2]"#),
            (r#""real":2.0"#, r#""real":"2.0""#),
            (r#""nothing":null,"#, r#""nothing":1,"#),
            (r#""shapes""#, r#""other""#),
        ] {
            let wrong = text.replacen(from, to, 1);
            assert_ne!(wrong, text, "{from} is not there");
            assert_eq!(from_text::<Whole>(&wrong), None, "{from} became {to}");
        }
        assert_eq!(from_text::<Whole>(&text[..text.len() - 1]), None);
    }

    #[test]
    fn every_example_of_a_question_reads_the_same_both_ways() {
        for (name, fields) in crate::Ask::EXAMPLES {
            let plain: Value = serde_json::from_str(fields).unwrap();
            let wrapped = serde_json::json!({ *name: plain }).to_string();
            let narrow: crate::Ask = from_text(&wrapped).unwrap_or_else(|| panic!("{name}"));
            let wide: crate::Ask = serde_json::from_str(&wrapped).unwrap();
            assert_eq!(serde_json::to_value(narrow).unwrap(), serde_json::to_value(wide).unwrap(), "{name}");
        }
    }
}
