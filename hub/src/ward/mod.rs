//! The ward's pages: for hospital staff without the app, in a browser, made on the server, without a script. They see the bags that are on
//! their way to their hospital or are in it, read them, and say where they go. Every look and act goes through the hub's door, with its
//! entry; what is said in a bag is signed by the hub in the signed-in person's name (decision 0042). Sign-in and the frame of a page are
//! `crate::web`'s; which bags concern which hospital is `crate::bags::arrivals`'.

mod act;
mod choice;
mod count;
mod files;
mod list;
mod look;
mod page;
mod why;

use crate::web::{Asked, Fields, Office, Place, Reply, Visit, layout, routes, style, visit_in_steps, visit_store};
use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use record::people::Role;
use std::sync::Arc;

/// The ward's place among the hub's pages.
pub static WARD: Place = Place {
    title: "Satchel ward",
    brand: "emergency department and wards",
    heading: "Sign in to see arriving bags",
    wrong: "Enter the staff number and passphrase you were given for this hospital",
    home: "Go to arriving bags",
    nav: "Ward",
    pages: &[("/", "Bags")],
    cookie: "__Host-satchel-ward",
    mark: "ward",
    roles: &[Role::RegulatedClinician, Role::CareStaff],
    style: Some("/assets/ward.css"),
};

const OWN: &str = include_str!("ward.css");

async fn list_page(State(office): State<Arc<Office>>, asked: Asked, Query(query): Query<Fields>) -> Response {
    visit_store(office, asked, None, move |store, here, _| list::page(store, here, &query)).await
}

macro_rules! pages_of_a_bag {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(State(office): State<Arc<Office>>, asked: Asked, Path(which): Path<String>) -> Response {
            visit_store(office, asked, None, move |store, here, _| $work(store, here, &which)).await
        }
    )+ };
}

macro_rules! forms_of_a_bag {
    ($($name:ident => $work:path),+ $(,)?) => { $(
        async fn $name(
            State(office): State<Arc<Office>>,
            asked: Asked,
            Path(which): Path<String>,
            Form(fields): Form<Fields>,
        ) -> Response {
            visit_store(office, asked, Some(fields), move |store, here, fields| $work(store, here, &which, fields)).await
        }
    )+ };
}

pages_of_a_bag! { bag_page => page::page, print_page => page::print, pdf_page => page::pdf, count_page => count::page, choice_page => choice::page }
forms_of_a_bag! { move_form => act::move_on, count_form => count::count, why_form => why::given, choice_form => choice::record }

async fn glass_form(
    State(office): State<Arc<Office>>,
    asked: Asked,
    Path(which): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    visit_in_steps(office, asked, Some(fields), move |here, fields| why::glass(here, &which, fields)).await
}

async fn file_page(
    State(office): State<Arc<Office>>,
    asked: Asked,
    Path((which, file)): Path<(String, String)>,
) -> Response {
    visit_store(office, asked, None, move |store, here, _| files::file(store, here, (&which, &file))).await
}

/// The ward's routes. `tests` calls them without a network.
pub fn router(office: Arc<Office>) -> Router {
    let own = Router::new()
        .route("/", get(list_page))
        .route("/bags/{bag}", get(bag_page))
        .route("/bags/{bag}/move", post(move_form))
        .route("/bags/{bag}/belongings", get(count_page).post(count_form))
        .route("/bags/{bag}/files/{file}", get(file_page))
        .route("/bags/{bag}/print", get(print_page))
        .route("/bags/{bag}/print.pdf", get(pdf_page))
        .route("/bags/{bag}/reason", post(why_form))
        .route("/bags/{bag}/choice", get(choice_page).post(choice_form))
        .route("/bags/{bag}/emergency", post(glass_form))
        .route("/assets/ward.css", get(|| style(OWN)));
    routes(own, office)
}
