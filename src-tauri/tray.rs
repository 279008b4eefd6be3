//! Where paper goes: the file that the person names in the system's own dialog, or a folder that an administrator named (`SATCHEL_TRAY`, for a
//! print queue that watches one). The screen has no part in it: it may not name a file, see the bytes, or open a dialog.

use device::native::FileTray;
use device::ports::Tray;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use tauri::AppHandle;

pub(crate) fn open(app: &AppHandle) -> Arc<dyn Tray> {
    match env::var_os("SATCHEL_TRAY") {
        Some(folder) => Arc::new(FileTray::Folder(PathBuf::from(folder))),
        None => asking(app),
    }
}

/// A phone has no such dialog, and no printer: paper comes from a computer.
#[cfg(mobile)]
fn asking(_: &AppHandle) -> Arc<dyn Tray> {
    Arc::new(FileTray::Nowhere)
}

#[cfg(desktop)]
fn asking(app: &AppHandle) -> Arc<dyn Tray> {
    Arc::new(Dialog(app.clone()))
}

#[cfg(desktop)]
struct Dialog(AppHandle);

#[cfg(desktop)]
impl Tray for Dialog {
    fn put<'a>(
        &'a self,
        name: &'a str,
        pdf: Vec<u8>,
    ) -> device::ports::Soon<'a, Result<bool, device::ports::TrayFault>> {
        use device::ports::TrayFault::{NotHere, NotWritten};
        let title = "Save the eRed Bag to print it";
        let (tell, told) = tokio::sync::oneshot::channel();
        let name = format!("{name}.pdf");
        // Where the window lives is where its dialogs are begun.
        let begun = self.0.run_on_main_thread(move || {
            let dialog = rfd::AsyncFileDialog::new().set_title(title).set_file_name(name).add_filter("PDF", &["pdf"]);
            let asked = dialog.save_file();
            tauri::async_runtime::spawn(async move { tell.send(asked.await) });
        });
        Box::pin(async move {
            begun.map_err(|_| NotHere)?;
            match told.await.map_err(|_| NotHere)? {
                // The dialog has asked before anything is written over.
                Some(file) => file.write(&pdf).await.map(|()| true).map_err(|_| NotWritten),
                None => Ok(false),
            }
        })
    }
}
