//! The camera for the page that reads codes. On Linux the webview has no question of its own for the user and refuses by itself, so the shell
//! answers: a camera without sound, for our own pages, which turn it on only when "Use the camera" is pressed. Everything else (sound, the
//! screen, where the device is, its list of devices) is refused. On other systems the system asks the user.
//!
//! In a window that a test drives the camera is the webview's own test card: a test never sees whoever sits there.

use tauri::WebviewWindow;

/// Lets this window's pages ask for it.
#[cfg(target_os = "linux")]
pub fn answer(window: &WebviewWindow, driven: bool) -> tauri::Result<()> {
    use webkit2gtk::glib::object::Cast;
    use webkit2gtk::{
        PermissionRequestExt, SettingsExt, UserMediaPermissionRequest, UserMediaPermissionRequestExt, WebViewExt,
    };
    window.with_webview(move |view| {
        let view = view.inner();
        if let Some(settings) = WebViewExt::settings(&view) {
            settings.set_enable_media_stream(true);
            settings.set_enable_mock_capture_devices(driven);
            // What the page complains of, in the log of the test.
            settings.set_enable_write_console_messages_to_stdout(driven);
        }
        view.connect_permission_request(|_, request| {
            let camera = request.downcast_ref::<UserMediaPermissionRequest>();
            match camera.filter(|asked| asked.is_for_video_device() && !asked.is_for_audio_device()) {
                Some(camera) => camera.allow(),
                None => request.deny(),
            }
            true
        });
    })
}

#[cfg(not(target_os = "linux"))]
pub fn answer(_: &WebviewWindow, _: bool) -> tauri::Result<()> {
    Ok(())
}
