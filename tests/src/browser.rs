//! A browser at the hub's pages: the hub's own router called directly, with a cookie jar and a memory for the last page's form
//! token. It follows redirects like a browser, and nothing else: no script.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use hub::http::Peer;
use hub::officer::{self, Office};
use hub::ward;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tower::ServiceExt;

/// A browser of somebody at one address.
pub struct Browser {
    office: Arc<Office>,
    router: fn(Arc<Office>) -> Router,
    from: SocketAddr,
    /// Name and value, as the jar would send it.
    pub cookie: Option<String>,
    /// The token in the forms of the last page.
    pub token: String,
}

/// What came back, after redirects.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Empty for what is no text.
    pub body: String,
    pub bytes: Vec<u8>,
    /// Where the last redirect led, or the address asked for.
    pub place: String,
}

impl Page {
    /// The text between tags, with single spaces.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in self.body.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    text.push(' ');
                }
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The values of hidden or other fields of this name, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\" value=\"");
        self.body.split(&mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }

    /// Addresses of the page's links.
    pub fn links(&self) -> Vec<String> {
        let rest = self.body.split("href=\"").skip(1);
        rest.filter_map(|rest| rest.split('"').next()).map(|link| link.replace("&amp;", "&")).collect()
    }
}

impl Browser {
    pub fn at(office: &Arc<Office>) -> Browser {
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        Browser { office: office.clone(), router: officer::router, from, cookie: None, token: String::new() }
    }

    /// At the ward's pages.
    pub fn at_ward(office: &Arc<Office>) -> Browser {
        Browser { router: ward::router, ..Browser::at(office) }
    }

    /// At another address of the network.
    pub fn from(mut self, last: u8) -> Browser {
        self.from = SocketAddr::from((Ipv4Addr::new(10, 0, 0, last), 40_000));
        self
    }

    pub async fn get(&mut self, place: &str) -> Page {
        self.go("GET", place, String::new()).await
    }

    /// Sends a form of the last page, with its token.
    pub async fn post(&mut self, place: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token.clone();
        let all: Vec<(&str, &str)> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post_as_is(place, &all).await
    }

    /// Sends a form that another site made: no token but what is given.
    pub async fn post_as_is(&mut self, place: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.go("POST", place, body.join("&")).await
    }

    async fn go(&mut self, method: &str, place: &str, body: String) -> Page {
        let (mut method, mut place, mut body) = (method.to_owned(), place.to_owned(), body);
        loop {
            let path = place.split('#').next().unwrap_or("/").to_owned();
            let mut request = Request::builder().method(method.as_str()).uri(&path);
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(cookie) = &self.cookie {
                request = request.header(COOKIE, cookie);
            }
            let mut request = request.body(Body::from(body)).expect("a request");
            request.extensions_mut().insert(ConnectInfo(Peer { address: Some(self.from), certificate: None }));
            let response = (self.router)(self.office.clone()).oneshot(request).await.expect("an answer");
            for set in response.headers().get_all(SET_COOKIE) {
                let set = set.to_str().expect("a cookie");
                assert!(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{set}");
                self.cookie = set.split(';').next().map(str::to_owned);
            }
            if let Some(to) = response.headers().get(LOCATION) {
                place = to.to_str().expect("an address").to_owned();
                (method, body) = ("GET".to_owned(), String::new());
                continue;
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            let text = headers.get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/"));
            let bytes = bytes.to_vec();
            let body = if text { String::from_utf8(bytes.clone()).expect("text") } else { String::new() };
            let page = Page { status, headers, body, bytes, place };
            if let Some(token) = page.values("token").into_iter().next() {
                self.token = token;
            }
            return page;
        }
    }
}

fn escaped(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|b| if keep(&b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
