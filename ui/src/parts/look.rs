//! A button that opens one photograph large, and the picture under it once the device has let it out; and where the picture is. Used wherever
//! something signed names photographs: wounds, belongings. Nothing of a picture is kept here once it is closed, and no rule is: each look is
//! the device's to allow and to record.

use desk::visit::{ActReceipt, PhotoView};
use yew::prelude::*;

/// One that is open: the picture as a `data:` URL, and the entry of the look.
pub type Open<'a> = Option<(&'a str, u64)>;

/// `waits`: it was asked for, and may have to come from the hub.
pub fn look(open: Open<'_>, waits: bool, (name, alt): (&str, &str), press: Callback<MouseEvent>) -> Html {
    html! {
        <>
        <button type="button" class="nhsuk-button nhsuk-button--secondary s-small" data-test="photo-look" disabled={waits}
            aria-expanded={open.is_some().to_string()} onclick={press}>
            { if waits { format!("{name}: loading") } else if open.is_some() { format!("Close {}", name.to_lowercase()) } else { name.to_owned() } }</button>
        if let Some((url, entry)) = open {
            <img class="s-photo" data-test="photo-shown" src={url.to_owned()} alt={alt.to_owned()} />
            <span class="s-quiet">{ format!("This look was recorded as entry {entry}.") }</span>
        }
        </>
    }
}

/// Where it is: never more than is known. `all_held`: nothing at all waits on this device.
pub fn place(view: Option<&PhotoView>, all_held: bool) -> String {
    match view.map(|photo| (&photo.receipt, photo.here)) {
        None | Some((_, false)) => "Not on this device: it comes from the hub when you have signal".to_owned(),
        Some((ActReceipt::HeldByHub { at }, true)) => format!("Held by the hub, {}", at.display()),
        Some((ActReceipt::FromHub, true)) => "Came from the hub".to_owned(),
        Some((ActReceipt::Refused { why }, true)) => format!("Not taken by the hub: {why}. Kept on this device"),
        Some((ActReceipt::OnThisDevice, true)) if all_held => "Held by the hub".to_owned(),
        Some((ActReceipt::OnThisDevice, true)) => "On this device only: it is sent after everything else".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::visit::PhotoId;

    #[test]
    fn what_is_not_known_to_be_held_is_not_said_to_be() {
        let view = |here, receipt| PhotoView { id: PhotoId::from_bytes([1; 32]), here, receipt };
        let waits = view(true, ActReceipt::OnThisDevice);
        assert!(place(Some(&waits), false).starts_with("On this device only"));
        assert_eq!(place(Some(&waits), true), "Held by the hub");
        for elsewhere in [None, Some(&view(false, ActReceipt::FromHub))] {
            assert!(place(elsewhere, true).starts_with("Not on this device"));
        }
    }
}
