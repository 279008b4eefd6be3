//! Starts the screen in the browser. Everything else is in the library beside it.

fn main() {
    yew::Renderer::<screen::app::App>::new().render();
}
