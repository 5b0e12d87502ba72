//! What a message would become on the air, for a person at a keyboard.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Preview;
use super::body::Prepared;
use model::{Body, Coding};

/// What a message would become on the air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MessagePreview)]
pub struct Written {
    pub encoding: Coding,
    /// How many parts it takes.
    pub segments: u16,
    /// Septets (two for an extension character), UTF-16 units or octets, by `encoding`.
    pub characters: usize,
    /// Of the same unit, what the last part could still take.
    pub remaining: usize,
    /// As it will be read: filled and transliterated. Null for data.
    #[schema(required)]
    pub text: Option<String>,
    /// What the GSM 7-bit default alphabet lacks, in the order of the text: because of it the text takes more parts.
    pub costly: Vec<Costly>,
}

/// A character that the GSM 7-bit default alphabet lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CostlyCharacter)]
pub struct Costly {
    /// The character.
    #[schema(example = "…")]
    pub character: char,
    /// How often it stands in the text.
    pub count: usize,
    /// What `transliterate` makes of it; null: it has no look-alike.
    #[schema(required, example = "...")]
    pub look_alike: Option<String>,
}

impl Written {
    fn of(
        body: Body,
        (encoding, segments): (Coding, u16),
        (characters, remaining): (usize, usize),
    ) -> Self {
        let text = match body {
            Body::Text(text) => Some(text),
            Body::Data { .. } => None,
        };
        Self {
            encoding,
            segments,
            characters,
            remaining,
            costly: text.as_deref().map(costly).unwrap_or_default(),
            text,
        }
    }
}

impl From<Preview> for Written {
    fn from(preview: Preview) -> Self {
        let message = preview.message;
        let taken = (preview.characters, preview.remaining);
        Self::of(message.body, (message.coding, message.segments), taken)
    }
}

impl From<Prepared> for Written {
    fn from(prepared: Prepared) -> Self {
        let taken = (prepared.characters, prepared.remaining);
        Self::of(prepared.body, (prepared.coding, prepared.segments), taken)
    }
}

fn costly(text: &str) -> Vec<Costly> {
    let mut found: Vec<Costly> = Vec::new();
    let mut known = HashMap::new();
    for character in text.chars() {
        match known.get(&character) {
            Some(None) => {}
            Some(Some(index)) => {
                if let Some(one) = found.get_mut::<usize>(*index) {
                    one.count += 1;
                }
            }
            None => {
                let costs = gsm7(character, false).is_none();
                known.insert(character, costs.then_some(found.len()));
                if costs {
                    found.push(Costly {
                        character,
                        count: 1,
                        look_alike: gsm7(character, true).filter(|alike| alike != "?"),
                    });
                }
            }
        }
    }
    found
}

/// A character in the default alphabet, or what stands for it there.
fn gsm7(character: char, transliterate: bool) -> Option<String> {
    let options = tpdu::TextOptions {
        encoding: tpdu::Encoding::Gsm7,
        transliterate,
        ..tpdu::TextOptions::default()
    };
    let plan = tpdu::plan(character.encode_utf8(&mut [0; 4]), &options);
    plan.ok().map(|plan| plan.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_is_named_with_its_look_alike() {
        let found = costly("“Giá” 5 € … “x” \u{200b}\u{e000}");
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.character, one.count, one.look_alike.as_deref()))
            .collect();
        let expected = [
            ('“', 2, Some("\"")),
            ('á', 1, Some("a")),
            ('”', 2, Some("\"")),
            ('…', 1, Some("...")),
            ('\u{200b}', 1, Some("")),
            ('\u{e000}', 1, None),
        ];
        assert_eq!(told, expected);
        assert_eq!(costly("plain [text] à 5 €"), []);
    }
}
