//! Packs the two faces of the embedded font, which would otherwise be 1.3 MB of every program as they came. It reads no file but the
//! font crate's own, and changes nothing in them: `faces.rs` unpacks the very bytes.

use flate2::{Compression, write::ZlibEncoder};
use std::{env, fs, io, io::Write, path::PathBuf};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    let faces = [("regular", dejavu::sans_condensed::regular()), ("bold", dejavu::sans_condensed::bold())];
    for (name, bytes) in faces {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        packed.write_all(bytes)?;
        fs::write(out.join(name), packed.finish()?)?;
    }
    Ok(())
}
