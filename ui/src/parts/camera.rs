//! The device's camera, on for as long as this value lives, shown in a `video` element; and what it sees now, as a small picture. It finds no
//! codes: the device does. What it sees is kept nowhere.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamTrack};

/// The camera at the back, sharp enough for the largest code; no sound.
const WISH: &str = r#"{"video":{"facingMode":"environment","width":{"ideal":1280},"height":{"ideal":720}}}"#;

/// Pixels each way of what is handed to the device: five for a module of the largest code, where it fills the square.
const SIDE: f64 = 640.0;

const QUALITY: f64 = 0.6;

pub struct Camera {
    stream: MediaStream,
    video: HtmlVideoElement,
    canvas: HtmlCanvasElement,
}

impl Camera {
    /// Turns it on. Fails where there is none, or somebody does not allow it.
    pub async fn on(video: HtmlVideoElement) -> Result<Camera, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let canvas = window.document().ok_or(JsValue::NULL)?.create_element("canvas")?.unchecked_into();
        let wish = js_sys::JSON::parse(WISH)?.unchecked_into();
        let asked = window.navigator().media_devices()?.get_user_media_with_constraints(&wish)?;
        let stream: MediaStream = JsFuture::from(asked).await?.unchecked_into();
        let camera = Camera { stream, video, canvas };
        camera.canvas.set_width(SIDE as u32);
        camera.canvas.set_height(SIDE as u32);
        camera.video.set_src_object(Some(&camera.stream));
        JsFuture::from(camera.video.play()?).await?;
        Ok(camera)
    }

    /// The square in the middle, in shades of grey, as a `data:` URL. Nothing before the first picture came.
    pub fn picture(&self) -> Option<String> {
        let (width, height) = (f64::from(self.video.video_width()), f64::from(self.video.video_height()));
        let side = width.min(height);
        let pen: CanvasRenderingContext2d = self.canvas.get_context("2d").ok()??.unchecked_into();
        let draw = || -> Result<String, JsValue> {
            pen.set_global_composite_operation("copy")?;
            let (x, y) = ((width - side) / 2.0, (height - side) / 2.0);
            pen.draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.video,
                x,
                y,
                side,
                side,
                0.0,
                0.0,
                SIDE,
                SIDE,
            )?;
            // Black has no colour to give: what is under it keeps its light and loses its own.
            pen.set_global_composite_operation("saturation")?;
            pen.fill_rect(0.0, 0.0, SIDE, SIDE);
            self.canvas.to_data_url_with_type_and_encoder_options("image/jpeg", &QUALITY.into())
        };
        if side > 0.0 { draw().ok() } else { None }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        for track in self.stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
        self.video.set_src_object(None);
    }
}
