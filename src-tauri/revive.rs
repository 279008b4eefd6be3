//! A page that ends by itself (the webview's own process crashed or was killed for its memory) is loaded again: a nurse sees Satchel and not a
//! white window. Nothing is lost with it: who is signed in, what was saved and what was being typed are the device's, which goes on. It is
//! not a way to start the app, and it repairs nothing: a page that ends again and again ends the app, which says so.
//!
//! When the device locks, the page's process is ended on purpose ([`forget`]): what it showed is in that process's memory, which no page can wipe, and
//! goes with it. The next page begins as a new one, at the sign-in page.

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
            if why == webkit2gtk::WebProcessTerminationReason::TerminatedByApi {
                return view.reload();
            }
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

/// Ends the page's process, and with it what the page showed; the next comes at once. A window that a test drives keeps its page, for its driver ends
/// with that, unless the test asks for it (`SATCHEL_LOCK_ENDS_PAGE`).
#[cfg(target_os = "linux")]
pub fn forget(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt;
    let set = |name| std::env::var_os(name).is_some();
    if set("TAURI_WEBVIEW_AUTOMATION") && !set("SATCHEL_LOCK_ENDS_PAGE") {
        return Ok(());
    }
    window.with_webview(|view| view.inner().terminate_web_process())
}

/// Elsewhere the webview offers no such thing to us yet (docs/threat-model.md).
#[cfg(not(target_os = "linux"))]
pub fn forget(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn watch(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
