//! The codes in a picture: a photograph of a colleague's screen, or what the camera sees. Pictures come from anywhere and are read within limits,
//! away from the device's one lock; a code is only text here, and whichever question it goes to judges it. Nothing of a picture is kept.
//! A phone's own scanner gives such a text without a picture.
//!
//! Not here: the camera itself (the webview's, or the scanner's), and making a large photograph small (the screen does).

use crate::state::Device;
use data_encoding::BASE64;
use desk::Trouble;
use desk::ask::{ReadCodes, Reply, ScanCode};
use desk::trouble::Field;
use image::{GrayImage, ImageReader, Limits, imageops};
use record::Sensitive;
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::qrcode::cpp_port::detector::FindFinderPatterns;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource};
use std::io::Cursor;

/// No picture is larger (bytes, as a file), …
const LARGEST: usize = 8 << 20;
/// … wider or higher (pixels), …
const WIDEST: u32 = 4_096;
/// … or larger in memory (bytes): in colour, what is within the sides.
const ROOM: u64 = 64 << 20;

/// How every code of Satchel's begins, the ticket's in small letters.
const OURS: &str = "SATCHEL";

/// No more of one picture.
const MOST: usize = 8;

/// No more corners of codes: a code has three, noise and print a few that are none. Every three that might be one are tried, so a picture made of
/// corners would keep a phone busy for minutes.
const CORNERS: usize = 100;

/// Of a hundred pixels, so many may be darker than black and as many lighter than white.
const STRAY: usize = 1;

/// Not a picture that can be read within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotAPicture;

/// On a thread of its own: it takes some ten milliseconds, and a reader that stumbles over a picture takes nothing else with it.
pub(crate) async fn read(picture: Sensitive<String>) -> Reply<ReadCodes> {
    // EXPOSE: because the picture is what is read.
    let work = tokio::task::spawn_blocking(move || codes_of(picture.expose()));
    work.await.unwrap_or(Err(NotAPicture)).map_err(|NotAPicture| Trouble::Input {
        field: Field::Picture,
        mend: "That is not a picture this device can read. Choose a photograph of the code, as PNG or JPEG.".into(),
    })
}

/// By the phone's own scanner, where there is one that can be used.
pub(crate) async fn scan(device: &Device) -> Reply<ScanCode> {
    let seen = match &device.ports.scanner {
        Some(scanner) => scanner.scan().await.ok(),
        None => None,
    };
    let seen = seen.ok_or_else(|| Trouble::Input {
        field: Field::Picture,
        mend: "This device has no scanner of its own that can be used now. Use the camera, or choose a picture.".into(),
    })?;
    Ok(seen.into_iter().filter(|code| ours(code)).collect())
}

/// Other people's codes are not handed on.
fn ours(text: &str) -> bool {
    text.get(..OURS.len()).is_some_and(|form| form.eq_ignore_ascii_case(OURS))
}

fn codes_of(url: &str) -> Result<Vec<String>, NotAPicture> {
    let picture = shades(&bytes_of(url)?)?;
    let mut codes = codes_in(&picture);
    if codes.is_empty() {
        // What is too coarse in a large photograph (moiré, noise, a wide blur) is often plain in one half its size.
        let (width, height) = (picture.width() / 2, picture.height() / 2);
        if width > 0 && height > 0 {
            codes = codes_in(&imageops::resize(&picture, width, height, imageops::FilterType::Triangle));
        }
    }
    codes.retain(|code| ours(code));
    codes.truncate(MOST);
    Ok(codes)
}

fn bytes_of(url: &str) -> Result<Vec<u8>, NotAPicture> {
    let (_, base64) =
        url.split_once(";base64,").filter(|(head, _)| head.starts_with("data:image/")).ok_or(NotAPicture)?;
    if base64.len() / 4 * 3 > LARGEST {
        return Err(NotAPicture);
    }
    BASE64.decode(base64.as_bytes()).map_err(|_| NotAPicture)
}

/// In shades of grey, the darkest black and the lightest white: a dim screen reads like a bright one.
fn shades(bytes: &[u8]) -> Result<GrayImage, NotAPicture> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| NotAPicture)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(WIDEST), Some(WIDEST), Some(ROOM));
    reader.limits(limits);
    let mut picture = reader.decode().map_err(|_| NotAPicture)?.into_luma8();
    let mut counts = [0_usize; 256];
    for shade in picture.as_raw() {
        counts[usize::from(*shade)] += 1;
    }
    let stray = picture.as_raw().len() * STRAY / 100;
    let (black, white) = (beyond(counts.iter(), stray), 255 - beyond(counts.iter().rev(), stray));
    let span = white.saturating_sub(black).max(1);
    for shade in picture.iter_mut() {
        *shade = u8::try_from((usize::from(*shade).saturating_sub(black) * 255 / span).min(255)).unwrap_or(u8::MAX);
    }
    Ok(picture)
}

/// The first shade that is more than a few stray pixels.
fn beyond<'a>(mut counts: impl Iterator<Item = &'a usize>, stray: usize) -> usize {
    let mut seen = 0;
    let reached = |count: &usize| {
        seen += count;
        seen > stray
    };
    counts.position(reached).unwrap_or(0)
}

/// Every QR code in it, each once.
fn codes_in(picture: &GrayImage) -> Vec<String> {
    let Ok(source) = Luma8LuminanceSource::new(picture.as_raw().clone(), picture.width(), picture.height()) else {
        return Vec::new();
    };
    let hints = DecodeHints {
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into()),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    if FindFinderPatterns(bitmap.get_black_matrix(), true, 0).len() > CORNERS {
        return Vec::new();
    }
    // That there is none is no fault.
    let found = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    let mut codes: Vec<String> = Vec::new();
    for code in found {
        if !codes.iter().any(|known| known == code.getText()) {
            codes.push(code.getText().to_owned());
        }
    }
    codes
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
