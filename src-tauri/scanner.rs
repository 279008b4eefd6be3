//! The phone's own reader of codes (Tauri's barcode plugin: ML Kit on Android, AVFoundation on iOS), asked from here. The screen gets no command
//! and no capability of it: it asks the device, as for everything. What the plugin needs is held here: the person's leave to use the camera
//! first, one scan at a time, and an end to it. Which codes are Satchel's is for `device` to say.

use device::ports::{ScanFault, Scanner, Soon};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

/// For how long it looks: where it cannot read (Android fetches its reader when it is first wanted), the page's camera shall.
const PATIENCE: Duration = Duration::from_secs(20);

/// Android's camera takes a moment to come on, and does not hear that it is to go off before it is (version 2.5 of the plugin).
const COMING_ON: Duration = Duration::from_secs(1);

/// The platform did not do what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDone;

/// What is there to be told.
pub trait Reader: Send + Sync + 'static {
    fn tell(&self, command: &'static str, with: Value) -> Soon<'_, Result<Value, NotDone>>;
}

/// A phone's reader, behind the page.
pub struct Behind<R> {
    reader: R,
    patience: Duration,
    coming_on: Duration,
    /// The reader remembers only the last who asked.
    turn: Mutex<()>,
    stops: watch::Sender<u32>,
}

impl<R: Reader> Behind<R> {
    pub fn new(reader: R) -> Behind<R> {
        let (turn, stops) = (Mutex::new(()), watch::Sender::new(0));
        Behind { reader, patience: PATIENCE, coming_on: COMING_ON, turn, stops }
    }

    /// The camera goes off. One that cannot be told is off already.
    async fn end(&self) {
        let _ = self.reader.tell("cancel", json!({})).await;
    }

    /// The text that was read; `None` where the code holds no text.
    async fn look(&self) -> Result<Option<String>, ScanFault> {
        // The system asks the person once, and then remembers.
        let leave = self.reader.tell("requestPermissions", json!({})).await.map_err(|NotDone| ScanFault::Failed)?;
        if leave["camera"] != "granted" {
            return Err(ScanFault::NotAllowed);
        }
        // Windowed: behind the page, which lets it be seen, so that the way out is the page's own button.
        let wish = json!({ "windowed": true, "cameraDirection": "back", "formats": ["QR_CODE"] });
        match timeout(self.patience, self.reader.tell("scan", wish)).await {
            Ok(Ok(seen)) => Ok(seen["content"].as_str().map(str::to_owned)),
            Ok(Err(NotDone)) => Err(ScanFault::Failed),
            Err(_) => Err(ScanFault::InVain),
        }
    }
}

impl<R: Reader> Scanner for Behind<R> {
    fn scan(&self) -> Soon<'_, Result<Option<String>, ScanFault>> {
        // Whoever looks already makes room.
        self.stop();
        let mut stopped = self.stops.subscribe();
        Box::pin(async move {
            let _turn = self.turn.lock().await;
            let seen = tokio::select! {
                // What was stopped before it began does not begin.
                biased;
                _ = stopped.changed() => Ok(None),
                seen = self.look() => seen,
            };
            // It is off before anybody looks again.
            if !matches!(seen, Ok(Some(_))) {
                self.end().await;
            }
            if seen == Ok(None) {
                tokio::time::sleep(self.coming_on).await;
                self.end().await;
            }
            seen
        })
    }

    fn stop(&self) {
        self.stops.send_modify(|stops| *stops = stops.wrapping_add(1));
    }
}

#[cfg(mobile)]
pub use platform::{plugin, reader};

#[cfg(mobile)]
mod platform {
    use super::{Behind, NotDone, Reader};
    use device::ports::{Scanner, Soon};
    use serde_json::Value;
    use std::sync::Arc;
    use tauri::plugin::{Builder, PluginHandle, TauriPlugin};
    use tauri::{AppHandle, Manager, Wry};
    // Its Kotlin and its Swift are what is wanted; in Rust it can only be told by the screen, so it is registered here in its place.
    use tauri_plugin_barcode_scanner as _;

    #[cfg(target_os = "ios")]
    tauri::ios_plugin_binding!(init_plugin_barcode_scanner);

    struct Handle(PluginHandle<Wry>);

    /// The app's scanner, once the plugin is there.
    pub fn reader(app: &AppHandle) -> Option<Arc<dyn Scanner>> {
        app.try_state::<Arc<Behind<Handle>>>().map(|there| -> Arc<dyn Scanner> { there.inner().clone() })
    }

    pub fn plugin() -> TauriPlugin<Wry> {
        Builder::new("scanner")
            .setup(|app, api| {
                #[cfg(target_os = "android")]
                let handle = api.register_android_plugin("app.tauri.barcodescanner", "BarcodeScannerPlugin");
                #[cfg(target_os = "ios")]
                let handle = api.register_ios_plugin(init_plugin_barcode_scanner);
                match handle {
                    Ok(handle) => {
                        app.manage(Arc::new(Behind::new(Handle(handle))));
                    }
                    // The camera in the page is left.
                    Err(why) => eprintln!("satchel: this phone's scanner cannot be used: {why}"),
                }
                Ok(())
            })
            .build()
    }

    impl Reader for Handle {
        fn tell(&self, command: &'static str, with: Value) -> Soon<'_, Result<Value, NotDone>> {
            // What went wrong is not logged: the platform's words may hold what was read.
            Box::pin(async move { self.0.run_mobile_plugin_async(command, with).await.map_err(|_| NotDone) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex as Kept;

    /// Does as the plugin's Kotlin does: a scan ends with a code or with `cancel`, which it answers as refused; without a camera it never ends.
    struct Phone {
        leave: &'static str,
        shows: Option<&'static str>,
        told: Kept<Vec<&'static str>>,
        cancels: watch::Sender<u32>,
    }

    fn phone(leave: &'static str, shows: Option<&'static str>) -> Behind<Phone> {
        let phone = Phone { leave, shows, told: Kept::default(), cancels: watch::Sender::new(0) };
        let (patience, coming_on) = (Duration::from_millis(50), Duration::from_millis(5));
        Behind { patience, coming_on, ..Behind::new(phone) }
    }

    impl Reader for Phone {
        fn tell(&self, command: &'static str, with: Value) -> Soon<'_, Result<Value, NotDone>> {
            self.told.lock().unwrap().push(command);
            let mut cancels = self.cancels.subscribe();
            Box::pin(async move {
                match (command, self.shows) {
                    ("requestPermissions", _) => Ok(json!({ "camera": self.leave })),
                    ("cancel", _) => {
                        self.cancels.send_modify(|times| *times += 1);
                        Ok(Value::Null)
                    }
                    ("scan", Some(content)) => {
                        assert_eq!(with["windowed"], true, "or nothing is left to press");
                        Ok(json!({ "content": content, "format": "QR_CODE" }))
                    }
                    ("scan", None) => cancels.changed().await.map_or(Err(NotDone), |()| Err(NotDone)),
                    _ => Err(NotDone),
                }
            })
        }
    }

    fn told(behind: &Behind<Phone>) -> Vec<&'static str> {
        behind.reader.told.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn a_code_is_read_once_the_person_has_given_leave() {
        let granted = phone("granted", Some("SATCHEL-BAG-1"));
        assert_eq!(granted.scan().await, Ok(Some("SATCHEL-BAG-1".to_owned())));
        assert_eq!(told(&granted), ["requestPermissions", "scan"]);
        let denied = phone("denied", Some("SATCHEL-BAG-1"));
        assert_eq!(denied.scan().await, Err(ScanFault::NotAllowed));
        assert!(!told(&denied).contains(&"scan"));
    }

    #[tokio::test]
    async fn what_finds_nothing_ends_with_the_camera_off() {
        let vain = phone("granted", None);
        assert_eq!(vain.scan().await, Err(ScanFault::InVain));
        assert_eq!(told(&vain), ["requestPermissions", "scan", "cancel"]);
    }

    #[tokio::test]
    async fn stopping_ends_it_and_a_second_takes_the_place_of_the_first() {
        let mut behind = phone("granted", None);
        behind.patience = Duration::from_secs(3600);
        let (seen, ()) = tokio::join!(behind.scan(), async {
            tokio::task::yield_now().await;
            behind.stop();
        });
        assert_eq!(seen, Ok(None));
        assert_eq!(told(&behind), ["requestPermissions", "scan", "cancel", "cancel"], "again, should it have come on");

        let (first, second, ()) = tokio::join!(behind.scan(), behind.scan(), async {
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            behind.stop();
        });
        assert_eq!((first, second), (Ok(None), Ok(None)));
        let scans = told(&behind).iter().filter(|command| **command == "scan").count();
        let ends = told(&behind).iter().filter(|command| **command == "cancel").count();
        assert!(ends >= scans, "a camera was left on");
    }
}
