//! Whom a message is for: one, or several of whom each gets a message of their own.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::number::{self, Country};
use crate::FieldError;

/// So many in one request: each takes a copy of the text.
pub const MAX_RECIPIENTS: usize = 1_000;

/// Octets that their texts may take together: the bound on requests counts the text once.
pub(super) const MAX_OCTETS: usize = 8 * 1024 * 1024;

/// `to` of a draft, as given.
#[derive(Clone, Debug)]
pub enum Recipients {
    One(String),
    Several(Vec<String>),
}

impl Recipients {
    /// Each as the store has it, or what is wrong with it. The second error is of all together.
    pub(super) fn normalised(
        &self,
        country: Option<Country>,
    ) -> Result<Vec<Result<String, FieldError>>, FieldError> {
        let read = |to: &str, pointer: String| {
            number::normalise(to, country).map_err(|why| why.at(pointer))
        };
        match self {
            Self::One(to) => Ok(vec![read(to, "/to".to_owned())]),
            Self::Several(each) if (1..=MAX_RECIPIENTS).contains(&each.len()) => {
                let each = each.iter().enumerate();
                Ok(each
                    .map(|(index, to)| read(to, format!("/to/{index}")))
                    .collect())
            }
            Self::Several(_) => {
                let detail = format!("must be one recipient, or a list of 1 to {MAX_RECIPIENTS}");
                Err(FieldError::new("/to", detail))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Recipients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads item by item, so that one that is no text is named by its place.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Recipients;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recipient or a list of them")
    }

    fn visit_str<E>(self, to: &str) -> Result<Recipients, E> {
        Ok(Recipients::One(to.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Recipients, A::Error> {
        let mut each = Vec::new();
        while let Some(to) = items.next_element()? {
            each.push(to);
        }
        Ok(Recipients::Several(each))
    }
}

/// How a recipient is written.
const WRITTEN: &str = "A number is E.164 with `+`, a national number of the default country, or a short code of 3 to 8 \
    digits; what separates digits when numbers are written or pasted does not matter.";

fn number_schema() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some(r"^[^0-9A-Za-z+]*\+?[^A-Za-z+]*[0-9][^A-Za-z+]*$"))
        .max_length(Some(number::MAX_LENGTH))
}

/// The schema of one recipient, where no more will do.
pub(super) fn one() -> Schema {
    number_schema()
        .description(Some(format!("One recipient. {WRITTEN}")))
        .into()
}

impl PartialSchema for Recipients {
    fn schema() -> RefOr<Schema> {
        let several = ArrayBuilder::new()
            .items(number_schema())
            .min_items(Some(1))
            .max_items(Some(MAX_RECIPIENTS));
        OneOfBuilder::new()
            .item(number_schema())
            .item(several)
            .description(Some(format!(
                "One recipient, or up to 1,000 of whom each gets a message of their own. {WRITTEN}"
            )))
            .into()
    }
}

impl ToSchema for Recipients {
    fn name() -> Cow<'static, str> {
        "MessageRecipients".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(json: &str) -> Result<Vec<Result<String, String>>, String> {
        let recipients: Recipients = serde_json::from_str(json).unwrap();
        let pointers = |error: FieldError| error.pointer;
        let each = recipients.normalised(None).map_err(pointers)?;
        Ok(each.into_iter().map(|to| to.map_err(pointers)).collect())
    }

    #[test]
    fn each_is_read_by_itself() {
        let number = Ok("+84901234567".to_owned());
        assert_eq!(normalised(r#""+84 901 234 567""#), Ok(vec![number.clone()]));
        let several = normalised(r#"["+84901234567", "nobody", "1414"]"#);
        let wrong = Err("/to/1".to_owned());
        assert_eq!(several, Ok(vec![number, wrong, Ok("1414".to_owned())]));
        assert_eq!(normalised(r#""""#), Ok(vec![Err("/to".to_owned())]));
    }

    #[test]
    fn a_list_has_its_bounds() {
        let of = |count: usize| format!("[{}]", vec![r#""1414""#; count].join(","));
        assert_eq!(normalised("[]"), Err("/to".to_owned()));
        assert_eq!(normalised(&of(MAX_RECIPIENTS)).unwrap().len(), 1_000);
        assert_eq!(normalised(&of(MAX_RECIPIENTS + 1)), Err("/to".to_owned()));
    }

    #[test]
    fn what_is_neither_is_no_recipient() {
        for json in ["1414", "null", "{}", "[1414]", r#"[["1414"]]"#] {
            assert!(serde_json::from_str::<Recipients>(json).is_err(), "{json}");
        }
    }
}
