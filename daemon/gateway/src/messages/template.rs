//! Texts with `{{name}}` placeholders, filled from the variables of the same message.

use std::collections::{BTreeMap, BTreeSet};

use crate::FieldError;

/// Characters that no message can hold: 255 parts of 153 septets each.
pub(super) const MAX_CHARACTERS: usize = 255 * 153;

/// Fills each `{{name}}` of `template`. Every placeholder needs a variable and every variable a
/// placeholder: a name left over on either side is a misspelling that a recipient would see.
pub(super) fn render(
    template: &str,
    variables: &BTreeMap<String, String>,
) -> Result<String, Vec<FieldError>> {
    let mut text = String::with_capacity(template.len());
    let mut errors = Vec::new();
    let mut used = BTreeSet::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            errors.push(FieldError::new("/template", "a {{ has no }} after it"));
            return Err(errors);
        };
        rest = after;
        let name = name.trim();
        if !is_name(name) {
            errors.push(FieldError::new(
                "/template",
                "a name between {{ and }} has letters, digits, _ - and . only",
            ));
        } else if let Some(value) = variables.get(name) {
            used.insert(name);
            text.push_str(value);
        } else if used.insert(name) {
            errors.push(FieldError::under(
                "/variables",
                name,
                "the template needs it",
            ));
        }
        // A short template can repeat a long value without end: stop while it is still small.
        if text.len() > 4 * MAX_CHARACTERS {
            errors.push(FieldError::new(
                "/template",
                "with its variables longer than 255 parts",
            ));
            return Err(errors);
        }
    }
    text.push_str(rest);
    let unused = variables
        .keys()
        .filter(|name| !used.contains(name.as_str()));
    errors.extend(
        unused.map(|name| FieldError::under("/variables", name, "the template does not use it")),
    );
    if errors.is_empty() {
        Ok(text)
    } else {
        Err(errors)
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn pointers(errors: Vec<FieldError>) -> Vec<String> {
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn placeholders_are_filled() {
        let given = variables(&[("code", "123456"), ("minutes", "5")]);
        let text = render("{{code}}, valid {{ minutes }} min. {{code}}", &given).unwrap();
        assert_eq!(text, "123456, valid 5 min. 123456");
    }

    #[test]
    fn a_value_is_not_read_as_a_template() {
        let given = variables(&[("a", "{{b}}")]);
        assert_eq!(render("<{{a}}>", &given).unwrap(), "<{{b}}>");
    }

    #[test]
    fn missing_and_unused_variables_are_both_named() {
        let given = variables(&[("nmae", "An")]);
        let errors = render("Hello {{name}}, {{name}}", &given).unwrap_err();
        assert_eq!(pointers(errors), ["/variables/name", "/variables/nmae"]);
    }

    #[test]
    fn names_are_escaped_in_pointers() {
        let errors = render("hello", &variables(&[("a/b~c", "")])).unwrap_err();
        assert_eq!(pointers(errors), ["/variables/a~1b~0c"]);
    }

    #[test]
    fn bad_placeholders_are_refused() {
        for template in ["{{", "Hi {{name", "{{}}", "{{ two words }}"] {
            let errors = render(template, &BTreeMap::new()).unwrap_err();
            assert_eq!(pointers(errors), ["/template"], "{template}");
        }
    }

    #[test]
    fn a_repeated_long_value_stops_early() {
        let given = variables(&[("a", &"x".repeat(50_000))]);
        assert!(render(&"{{a}}".repeat(100_000), &given).is_err());
    }
}
