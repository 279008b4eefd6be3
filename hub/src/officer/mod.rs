//! The privacy officer's desk: pages served by the hub itself, made on the server, without a script. An officer signs in with a
//! passphrase, sees the audit and the work list, and never clinical content. Each page is read in one transaction with the entry that
//! says it was read: no entry, no page. Sign-in and the frame of a page are `crate::web`'s, the words of the audit `crate::audit`'s.

mod alerts;
mod devices;
mod health;
mod home;
mod looks;
mod sessions;
mod words;

use crate::web::{Asked, Fields, Place, Reply, Visit, end, layout, routes, visit};
pub use crate::web::{IDLE, LONGEST, Office, signin};
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use record::people::Role;
use std::sync::Arc;

/// Rows on a page.
const ROWS: u32 = 25;

/// The desk among the hub's pages.
pub static DESK: Place = Place {
    title: "Satchel privacy desk",
    brand: "privacy officer's desk",
    heading: "Sign in to the privacy officer's desk",
    wrong: "Enter the staff number and passphrase of a privacy officer",
    home: "Go to the desk",
    nav: "Desk",
    pages: &[
        ("/", "Home"),
        ("/alerts", "Alerts"),
        ("/looks", "Who looked"),
        ("/refusals", "Refusals"),
        ("/devices", "Devices"),
        ("/log", "Log"),
        ("/sessions", "Sessions"),
    ],
    cookie: "__Host-satchel-desk",
    mark: "desk",
    roles: &[Role::PrivacyOfficer],
    style: None,
};

macro_rules! pages {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Query(query): Query<Fields>) -> Response {
            visit(office, asked, None, move |tx, here, _| $work(tx, here, &query)).await
        }
    )+ };
}

macro_rules! forms {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Form(fields): Form<Fields>) -> Response {
            visit(office, asked, Some(fields), $work).await
        }
    )+ };
}

macro_rules! pages_of_one {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Path(which): Path<String>) -> Response {
            visit(office, asked, None, move |tx, here, _| $work(tx, here, &which)).await
        }
    )+ };
}

macro_rules! forms_of_one {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(
            State(office): State<Arc<Office>>,
            asked: Asked,
            Path(which): Path<String>,
            Form(fields): Form<Fields>,
        ) -> Response {
            visit(office, asked, Some(fields), move |tx, here, fields| $work(tx, here, &which, fields)).await
        }
    )+ };
}

pages! {
    home_page => home::page, alert_list => alerts::list, search_page => looks::search, staff_page => looks::staff,
    refusal_page => looks::refusals, device_list => devices::list, health_page => health::page,
    session_list => sessions::list,
}
forms! {
    person_form => looks::person, print_form => looks::print, verify_form => health::verify,
    close_form => sessions::close, alarm_form => health::acknowledge,
}
pages_of_one! { alert_page => alerts::one, device_page => devices::one }
forms_of_one! { review_form => alerts::review, revoke_form => devices::revoke }

/// The desk's routes. `tests` calls them without a network.
pub fn router(office: Arc<Office>) -> Router {
    let own = Router::new()
        .route("/", get(home_page))
        .route("/alerts", get(alert_list))
        .route("/alerts/{alert}", get(alert_page).post(review_form))
        .route("/alarms", axum::routing::post(alarm_form))
        .route("/looks", get(search_page))
        .route("/looks/person", axum::routing::post(person_form))
        .route("/looks/person/print", axum::routing::post(print_form))
        .route("/looks/staff", get(staff_page))
        .route("/refusals", get(refusal_page))
        .route("/devices", get(device_list))
        .route("/devices/{device}", get(device_page).post(revoke_form))
        .route("/log", get(health_page).post(verify_form))
        .route("/sessions", get(session_list).post(close_form));
    routes(own, office)
}
