//! Who paints the page, on Linux. A webview puts pages together on the graphics processor. Where there is none it does so all the same, on a
//! processor that a library imitates: that takes some seventy megabytes, and is no faster than painting the page straight into its window. So on
//! such machines (virtual ones, old ones, whoever works over a remote desktop) it is told not to. Not here: what is painted.

use tauri::WebviewWindow;

/// Where the kernel lists what can draw by itself: `renderD128` and so on.
#[cfg(target_os = "linux")]
const PROCESSORS: &str = "/dev/dri";

/// Has this window painted the way that suits the machine; before its first page is painted.
#[cfg(target_os = "linux")]
pub fn suit(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    if has_processor(std::path::Path::new(PROCESSORS)) {
        return Ok(());
    }
    window.with_webview(|view| {
        if let Some(settings) = WebViewExt::settings(&view.inner()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// A folder that cannot be read says nothing: then the webview does as it does everywhere.
#[cfg(target_os = "linux")]
fn has_processor(listed: &std::path::Path) -> bool {
    match std::fs::read_dir(listed) {
        Ok(entries) => entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD")),
        Err(why) => why.kind() != std::io::ErrorKind::NotFound,
    }
}

/// Elsewhere there is always one, or the webview knows itself.
#[cfg(not(target_os = "linux"))]
pub fn suit(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_machine_without_a_graphics_processor_is_known_by_what_its_kernel_lists() {
        let folder = std::env::temp_dir().join(format!("satchel-painting-{}", std::process::id()));
        assert!(!has_processor(&folder), "no list at all");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("card0"), []).unwrap();
        assert!(!has_processor(&folder), "a screen is no processor");
        fs::write(folder.join("renderD128"), []).unwrap();
        assert!(has_processor(&folder));
        fs::remove_dir_all(&folder).unwrap();
    }
}
