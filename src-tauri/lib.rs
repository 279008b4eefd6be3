//! A window around a device: one command (`ask`) and one event (`nudge`). It is not where anything is decided or stored;
//! a question goes to the device as it came, and the reply comes back as it was given.

use tauri::ipc::Response;

#[tauri::command]
async fn ask(question: String) -> Response {
    Response::new(question.into_bytes())
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When no window can be opened.
pub fn run() -> anyhow::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![ask]).run(tauri::generate_context!())?;
    Ok(())
}
