//! What a message that came in asks for, and the answer to it.

use std::sync::Arc;

use model::{Asked, Carrier, Heard, Key, MessageClass, NewMessage, OptOutRequest};
use store::Recognise;

use super::{Found, asked};
use crate::messages::draft::{self, Context, Defaults, Draft};
use crate::messages::number::{self, BadNumber};
use crate::messages::own_numbers::OwnNumbers;
use crate::messages::templates::Templates;
use crate::post_to::Addresses;
use crate::settings::{OptOutSettings, Settings};

/// A confirmation that comes hours later confuses.
const VALIDITY_SECONDS: u32 = 3600;

/// How the store knows what asks for no more messages.
pub fn recognise(settings: &Settings, defaults: Defaults) -> Recognise {
    let own = settings.opt_out.clone();
    let general = own.words();
    Arc::new(move |heard: &Heard<'_>| {
        let found = asked(heard.text, heard.words.unwrap_or(&general))?;
        let number = as_kept(heard.from, &defaults)?;
        let what = match found.asked {
            Asked::Stop => "suppressed",
            Asked::Start => "lifted the suppression of",
        };
        let (masked, code) = (number::masked(&number), found.language.code);
        Some(OptOutRequest {
            asked: found.asked,
            told: format!("{what} {masked}, which asked: {} ({code})", found.word),
            word: found.word.to_owned(),
            language: code.to_owned(),
            confirmation: confirmation(&own, &defaults, (heard, &number), found),
            number,
        })
    })
}

/// None of what is no number: nothing is sent there anyway. A national number is kept as it came where no country is
/// set: the gateway knows whom it means as soon as one is.
fn as_kept(from: &str, defaults: &Defaults) -> Option<String> {
    match number::normalise(from, defaults.country()) {
        Ok(number) => Some(number),
        Err(BadNumber::NoCountry) => Some(from.to_owned()),
        Err(_) => None,
    }
}

/// Not for short codes: machines are behind them.
fn confirmation(
    own: &OptOutSettings,
    defaults: &Defaults,
    (heard, to): (&Heard<'_>, &str),
    found: Found,
) -> Option<NewMessage> {
    if !own.confirm || found.asked != Asked::Stop || !to.starts_with('+') {
        return None;
    }
    let text = own.confirmation.as_deref();
    let text = text.unwrap_or(found.language.confirmation).to_owned();
    let from = match heard.by {
        Carrier::Sim(iccid) => format!("sim:{iccid}"),
        Carrier::Uplink(name) => format!("uplink:{name}"),
    };
    let draft = Draft {
        validity_seconds: Some(VALIDITY_SECONDS),
        ..Draft::of_text(to.to_owned(), text, from)
    };
    let context = Context {
        defaults,
        key: &Key::of_gateway(),
        own: &OwnNumbers::default(),
        templates: &Templates::default(),
        addresses: &Addresses::new(Vec::new(), Vec::new()),
        now: heard.at,
    };
    match draft::prepare(draft, context) {
        Ok(message) => Some(NewMessage {
            class: MessageClass::OptOutConfirmation,
            ..message
        }),
        Err(errors) => {
            let error = errors.first().map(|error| &*error.detail);
            tracing::error!(error, "no confirmation can be made of opt_out.confirmation");
            None
        }
    }
}
