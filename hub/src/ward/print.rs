//! The bag for a clipboard: one page to print from the browser, A4, black and white, nothing said by colour alone. Printing is an entry of its
//! own. The slip's QR code is not on it: its secret is made on the device that shows it and is nowhere else.

use super::{Reply, Visit, layout, look, page};
use crate::store::{Store, StoreFault};
use maud::html;
use record::audit::BagDeed;

pub(super) fn page(store: &mut Store, here: &Visit<'_>, which: &str) -> Result<Reply, StoreFault> {
    let looked = look::through(store, here, (which, BagDeed::Printed), |_, bag, _| {
        let Some((_, contents)) = bag.released() else { return Ok(None) };
        let body = html! {
            div class="o-screen" {
                p { a class="nhsuk-back-link" href={ "/bags/" (bag.id) } { "The bag" } }
                p { "Print this page from your browser. The bar above and these lines are not printed. That you printed it is recorded." }
            }
            div class="w-paper" {
                (page::head(here, bag))
                (page::banner(here, bag))
                (page::critical(contents))
                p { strong { "Where the bag is: " } (page::who_has_it(bag)) }
                (page::sections(bag))
                (page::belongings(bag))
                (page::journey(bag))
                p class="w-foot" {
                    "Printed " (here.now.display()) " by " (here.actor) ". It is as old as that: the page at the hub may say more. "
                    "Bag name " span class="o-root" { (bag.id) } ". No code to scan is printed here: devices show it."
                }
            }
        };
        Ok(Some(layout::page(here, "", "An eRed Bag, to print", &[], body)))
    })?;
    Ok(match looked {
        Ok(Some(page)) => Reply::Page(page),
        Ok(None) => Reply::NotFound,
        Err(reply) => reply,
    })
}
