//! A draft where only one recipient will do.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::draft::Draft;
use super::recipients;

/// The same draft; that its `to` is no list is checked by [`super::draft::prepare`].
#[derive(Debug, Deserialize)]
pub struct SingleDraft(pub Draft);

impl PartialSchema for SingleDraft {
    fn schema() -> RefOr<Schema> {
        let mut schema = Draft::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object
                .properties
                .insert("to".to_owned(), recipients::one().into());
            object.description = Some(
                "A message to send to one recipient. One body is needed: `text`, which may have `variables`, or \
                 `template` with its `variables`, or `data` with `port`."
                    .to_owned(),
            );
        }
        schema
    }
}

impl ToSchema for SingleDraft {
    fn name() -> Cow<'static, str> {
        "SingleMessageRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Draft::schemas(schemas);
    }
}
