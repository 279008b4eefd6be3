//! Reading codes through the window: a colleague's slip from a picture, the webview's own test card by the camera, and then the moving code of
//! the whole bag held before the camera. Everything but the camera's picture is real.

use crate::journey::{Act, Beat};
use anyhow::{Context, Result};
use data_encoding::BASE64;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};
use std::io::Cursor;

/// From the caseload to a bag that came in, and back to the caseload.
pub fn codes() -> Vec<Beat> {
    let beat = |say, act| Beat { say, act };
    vec![
        beat("a colleague's device shows the same bag", Act::Codes),
        beat("a bag is to be taken in", Act::Press("to-bag-take")),
        beat("it says how", Act::See("bag-photo")),
        beat("a picture of the slip is chosen", Act::ChooseSlip("bag-photo")),
        beat("what matters now is there", Act::Says("bag-critical", "confused since this morning")),
        beat("a picture of the slip as read", Act::Picture("36-bag-slip-read")),
        beat("no barrier on the page: the slip as read", Act::NoBarrier),
        beat("the camera is turned on", Act::Press("bag-photo-camera")),
        beat("what it sees is shown", Act::Says("bag-photo-said", "inside the square")),
        beat("it gives pictures", Act::Camera(SEES)),
        beat("a picture of the camera", Act::Picture("37-camera")),
        beat("no barrier on the page: the camera", Act::NoBarrier),
        beat("it is turned off", Act::Press("bag-photo-camera")),
        beat("there is a camera that is not to be used", Act::Camera(REFUSED)),
        beat("it is turned on", Act::Press("bag-photo-camera")),
        beat("the page says what else there is", Act::Says("bag-photo-said", "Choose a picture, or paste")),
        beat("the moving code is held before the camera", Act::Camera(HELD)),
        beat("it is turned on", Act::Press("bag-photo-camera")),
        beat("the bag came in whole, and is open", Act::Says("bag-where", "Released by the home")),
        beat("the camera is off", Act::Camera(OFF)),
        beat("back to taking in", Act::Press("back")),
        beat("back to the caseload", Act::Press("back")),
    ]
}

/// The webview's test card reached the square.
const SEES: &str = r#"return document.querySelector("[data-test=camera]").videoWidth > 0;"#;

/// The person at the machine says no. The page keeps the object itself: WebKit may let go of one that no script holds, and make it anew without
/// what was put on it.
const REFUSED: &str = r#"
window.__devices = navigator.mediaDevices;
window.__devices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
return true;
"#;

/// Somebody holds a screen before the camera: the slip for two seconds, then the frames, five a second. The pictures are the first argument.
const HELD: &str = r#"
const images = arguments[0].map((url) => Object.assign(new Image(), { src: url }));
const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
const pen = canvas.getContext("2d");
window.__devices = navigator.mediaDevices;
window.__devices.getUserMedia = async () => {
  let tick = 0;
  setInterval(() => {
    pen.fillStyle = "slategrey";
    pen.fillRect(0, 0, 1280, 720);
    pen.drawImage(images[tick < 10 ? 0 : 1 + tick % (images.length - 1)], 330, 50, 620, 620);
    tick += 1;
  }, 200);
  return window.__held = canvas.captureStream(10);
};
return true;
"#;

/// Once the page was left, whether the camera was turned off.
const OFF: &str = r#"return window.__held.getTracks().every((track) => track.readyState === "ended");"#;

/// A code drawn as the screen draws it, as PNG.
pub fn drawn(code: &str) -> Result<Vec<u8>> {
    const WIDE: u32 = 5;
    const QUIET: u32 = 4;
    let qr = QrCode::with_error_correction_level(code, EcLevel::M).context("drawing a code")?;
    let (side, colors) = (u32::try_from(qr.width())?, qr.to_colors());
    let dark = |x: u32, y: u32| {
        let (column, row) = ((x / WIDE).wrapping_sub(QUIET), (y / WIDE).wrapping_sub(QUIET));
        let at = if column < side && row < side { (row * side + column) as usize } else { usize::MAX };
        colors.get(at) == Some(&Color::Dark)
    };
    let whole = (side + 2 * QUIET) * WIDE;
    let picture = GrayImage::from_fn(whole, whole, |x, y| Luma([if dark(x, y) { 0 } else { 255 }]));
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// The same as a page's script takes it.
pub fn url(code: &str) -> Result<String> {
    Ok(format!("data:image/png;base64,{}", BASE64.encode(&drawn(code)?)))
}
