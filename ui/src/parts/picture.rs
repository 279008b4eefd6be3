//! A photograph made small on the page, before anything leaves it: drawn anew on a canvas and written as a JPEG, so that it travels over a poor
//! line, and so that where it was taken, when, and on which phone are not in it. Not the box it is chosen with, and nothing is kept here.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// Longest side and quality of each try, from the finest on: 1,600 pixels keep a page of writing readable.
const TRIES: [(f64, f64); 4] = [(1600.0, 0.8), (1600.0, 0.6), (1280.0, 0.6), (1024.0, 0.5)];

const CODE: (f64, f64) = (2400.0, 0.8);

/// A photograph of a wound is about this large (bytes): eight seconds on EDGE.
const LIGHT: usize = 220_000;

/// A photograph of a paper, as a `data:` URL.
pub async fn paper(file: &web_sys::File) -> Result<String, JsValue> {
    drawn(&decoded(file).await?, TRIES[0])
}

/// A document that somebody chose, as a `data:` URL: a photograph made small like that of a paper, anything else as it is, for the device to
/// judge by its bytes.
pub async fn document(file: &web_sys::File) -> Result<String, JsValue> {
    if file.type_().starts_with("image/") {
        return paper(file).await;
    }
    let bytes = js_sys::Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec();
    let latin: String = bytes.into_iter().map(char::from).collect();
    let base64 = web_sys::window().ok_or(JsValue::NULL)?.btoa(&latin)?;
    Ok(format!("data:application/octet-stream;base64,{base64}"))
}

/// A photograph of a code, as a `data:` URL: larger, for the code may be a small part of it.
pub async fn code(file: &web_sys::File) -> Result<String, JsValue> {
    drawn(&decoded(file).await?, CODE)
}

/// A photograph of a wound, as a `data:` URL: the finest that is light enough.
pub async fn wound(file: &web_sys::File) -> Result<String, JsValue> {
    let bitmap = decoded(file).await?;
    let mut url = String::new();
    for how in TRIES {
        url = drawn(&bitmap, how)?;
        if is_light(url.len()) {
            break;
        }
    }
    Ok(url)
}

/// Turned as its camera held it: the browser reads that, and no more, of what stands beside the picture.
async fn decoded(file: &web_sys::File) -> Result<ImageBitmap, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.create_image_bitmap_with_blob(file)?).await?.dyn_into()
}

fn drawn(bitmap: &ImageBitmap, (longest, quality): (f64, f64)) -> Result<String, JsValue> {
    let (width, height) = fitted((f64::from(bitmap.width()), f64::from(bitmap.height())), longest);
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    pen.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height)?;
    canvas.to_data_url_with_type_and_encoder_options("image/jpeg", &JsValue::from_f64(quality))
}

/// The same shape within the longest side; never larger than it was.
fn fitted((width, height): (f64, f64), longest: f64) -> (f64, f64) {
    let scale = (longest / width.max(height).max(1.0)).min(1.0);
    ((width * scale).round().max(1.0), (height * scale).round().max(1.0))
}

/// Base64 is a third longer than what it stands for.
const fn is_light(url: usize) -> bool {
    url / 4 * 3 <= LIGHT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_keeps_its_shape_and_never_grows() {
        assert_eq!(fitted((4000.0, 3000.0), 1600.0), (1600.0, 1200.0));
        assert_eq!(fitted((300.0, 900.0), 1600.0), (300.0, 900.0));
        assert_eq!(fitted((0.0, 0.0), 1600.0), (1.0, 1.0));
    }

    #[test]
    fn light_is_about_200_kilobytes_of_picture() {
        assert!(is_light(270_000) && !is_light(300_000));
        assert!(TRIES.is_sorted_by(|a, b| a.0 >= b.0 && a.1 >= b.1), "each try is smaller than the one before");
    }
}
