//! A page that ends by itself (the webview's own process crashed or was killed for its memory) is loaded again: a nurse sees Satchel and not a
//! white window. Nothing is lost with it: who is signed in, what was saved and what was being typed are the device's, which goes on. It is
//! not a way to start the app, and it repairs nothing: a page that ends again and again ends the app, which says so.

use tauri::WebviewWindow;

/// Loads the page again this often in one run of the app.
#[cfg(target_os = "linux")]
const AGAIN: u32 = 5;

/// Watches over this window's page. On Linux; elsewhere the webview does so itself, or gives no sign.
#[cfg(target_os = "linux")]
pub fn watch(window: &WebviewWindow) -> tauri::Result<()> {
    use std::cell::Cell;
    use tauri::Manager;
    use webkit2gtk::WebViewExt;
    let app = window.app_handle().clone();
    window.with_webview(move |view| {
        let ended = Cell::new(0);
        view.inner().connect_web_process_terminated(move |view, why| {
            ended.set(ended.get() + 1);
            eprintln!("satchel: the page ended by itself ({why:?})");
            if ended.get() <= AGAIN {
                view.reload();
            } else {
                eprintln!(
                    "satchel: it ended {} times; start Satchel again, and update this system's webview",
                    ended.get()
                );
                app.exit(1);
            }
        });
    })
}

#[cfg(not(target_os = "linux"))]
pub fn watch(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
