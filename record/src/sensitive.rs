//! A value that shows itself as a dot. For free text that a person typed and that must not reach a log, an error or a panic.
//! Not encryption: the bytes are ordinary memory.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Holds a value that `Debug` will not print.
///
/// ```
/// let reason = record::Sensitive::new("collapsed at home".to_owned());
/// assert_eq!(format!("{reason:?}"), "•");
/// ```
///
/// It has no `Display`:
/// ```compile_fail
/// println!("{}", record::Sensitive::new(1));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    pub const fn new(value: T) -> Self {
        Sensitive(value)
    }

    /// The value. Each call carries an `// EXPOSE: because …` comment.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value, taken out. Each call carries an `// EXPOSE: because …` comment.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•")
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Sensitive(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_what_is_inside_even_nested() {
        let nested = vec![Some(Sensitive::new("peanut"))];
        assert_eq!(format!("{nested:?}"), "[Some(•)]");
        // EXPOSE: because this is the test of exposing.
        assert_eq!(nested[0].as_ref().map(Sensitive::expose), Some(&"peanut"));
    }
}
