//! What a picture may be. That codes are read from poor photographs is shown with real slips (`tests/stories/codes.rs`).

use super::*;
use image::{DynamicImage, ImageFormat};
use qrcode::{Color, EcLevel, QrCode};

/// A picture of a code, as a `data:` URL.
fn picture(text: &str, format: ImageFormat) -> String {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    let (side, quiet, wide) = (code.width() as u32, 4, 4);
    let colors = code.to_colors();
    let drawn = GrayImage::from_fn((side + 2 * quiet) * wide, (side + 2 * quiet) * wide, |x, y| {
        let (column, row) = ((x / wide).wrapping_sub(quiet), (y / wide).wrapping_sub(quiet));
        let dark = column < side && row < side && colors[(row * side + column) as usize] == Color::Dark;
        image::Luma([if dark { 0 } else { 255 }])
    });
    url(&bytes(&drawn, format))
}

fn bytes(drawn: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(drawn.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn url(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64.encode(bytes))
}

#[test]
fn a_code_is_read_from_either_kind_of_picture_if_it_is_ours() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        assert_eq!(codes_of(&picture("SATCHEL-F-AAAA", format)), Ok(vec!["SATCHEL-F-AAAA".to_owned()]));
        assert_eq!(codes_of(&picture("satchel1abcdef", format)), Ok(vec!["satchel1abcdef".to_owned()]), "a ticket");
        for foreign in ["https://example.org/", "SATCH", "WIFI:S:SATCHEL;;", "é"] {
            assert_eq!(codes_of(&picture(foreign, format)), Ok(vec![]), "{foreign} is not handed on");
        }
    }
    assert_eq!(codes_of(&url(&bytes(&GrayImage::new(1, 1), ImageFormat::Png))), Ok(vec![]));
    assert_eq!(codes_of(&url(&bytes(&GrayImage::new(4_096, 2), ImageFormat::Png))), Ok(vec![]));
}

/// A PNG's head says how large it is: nothing of the size it claims is set aside before that was looked at.
#[test]
fn what_is_no_picture_or_too_large_is_refused() {
    let small = bytes(&GrayImage::new(8, 8), ImageFormat::Png);
    let mut bomb = small.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
    let wide = bytes(&GrayImage::new(WIDEST + 1, 1), ImageFormat::Png);
    for unfit in [&b""[..], b"GIF89a", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", &small[..20], &bomb, &wide] {
        assert_eq!(codes_of(&url(unfit)), Err(NotAPicture));
    }
    assert_eq!(codes_of(&url(&vec![0; LARGEST + 8])), Err(NotAPicture));
    for unfit in ["", "data:text/html;base64,PGI+", "data:image/png;base64,!", "https://example.org/a.png"] {
        assert_eq!(codes_of(unfit), Err(NotAPicture));
    }
}

/// The corners of codes without a code, a thousand of them, and noise: it ends, and gives nothing.
#[test]
fn a_picture_made_to_confuse_gives_nothing() {
    let ring = |x: u32, y: u32| {
        let away = (x % 36).abs_diff(17).max((y % 36).abs_diff(17)) / 4;
        image::Luma([if away == 2 || away > 3 { 255 } else { 0 }])
    };
    let mut seed = 7_u32;
    let mut noise = |_: u32, _: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Luma([(seed >> 24) as u8])
    };
    for drawn in [GrayImage::from_fn(1_152, 1_152, ring), GrayImage::from_fn(640, 640, &mut noise)] {
        assert_eq!(codes_of(&url(&bytes(&drawn, ImageFormat::Png))), Ok(vec![]));
    }
}
