//! The two faces of the font that is embedded, unpacked once, when a program first sets text. It knows nothing of text.

use flate2::read::ZlibDecoder;
use std::io::Read;
use std::sync::LazyLock;

/// The bytes of the two TrueType files, as DejaVu published them.
pub(crate) struct Published {
    pub(crate) regular: Vec<u8>,
    pub(crate) bold: Vec<u8>,
}

static FACES: LazyLock<Option<Published>> = LazyLock::new(|| {
    Some(Published {
        regular: unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/regular")))?,
        bold: unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/bold")))?,
    })
});

/// The faces; `None` if they cannot be unpacked, which is a fault of the build.
pub(crate) fn published() -> Option<&'static Published> {
    FACES.as_ref()
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_faces_are_the_very_bytes_that_were_published() {
        let faces = super::published().expect("the build packs them");
        assert_eq!(faces.regular, dejavu::sans_condensed::regular());
        assert_eq!(faces.bold, dejavu::sans_condensed::bold());
    }
}
