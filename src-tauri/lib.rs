//! A window around a device: one command (`ask`) and one event (`nudge`). It is not where anything is decided or stored;
//! bytes go to the device and bytes come back.

use tauri::ipc::{InvokeBody, Request, Response};

#[tauri::command]
async fn ask(request: Request<'_>) -> Result<Response, String> {
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err("the screen asks in bytes".to_owned());
    };
    Ok(Response::new(bytes.clone()))
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When no window can be opened.
pub fn run() -> anyhow::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![ask]).run(tauri::generate_context!())?;
    Ok(())
}
