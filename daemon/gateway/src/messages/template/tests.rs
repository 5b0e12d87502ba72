use proptest::prelude::*;

use super::*;

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn filled(text: &str, pairs: &[(&str, &str)]) -> String {
    render(text, &given(pairs), "/text").unwrap()
}

/// Where what is wrong, and what.
fn wrong(text: &str, pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let errors = render(text, &given(pairs), "/text").unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.pointer, error.detail))
        .collect()
}

fn pointers(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let errors = wrong(text, pairs).into_iter();
    errors.map(|(pointer, _)| pointer).collect()
}

fn names(text: &str) -> Vec<String> {
    variables(text).unwrap().into_iter().collect()
}

#[test]
fn placeholders_are_filled() {
    let pairs = [("code", "123456"), ("minutes", "5")];
    let text = filled("{{code}}, valid {{ minutes }} min. {{code}}\n", &pairs);
    assert_eq!(text, "123456, valid 5 min. 123456\n");
}

#[test]
fn a_value_is_not_read_as_a_template_and_nothing_is_escaped() {
    assert_eq!(
        filled("<{{a}}>", &[("a", "{{b}} & 'c' {% if %}")]),
        "<{{b}} & 'c' {% if %}>"
    );
}

#[test]
fn any_name_of_letters_digits_and_marks_is_a_variable() {
    for name in [
        "first-name",
        "order.id",
        "1",
        "2.5",
        "tên",
        "số_1",
        "true",
        "not",
        "in",
        "²",
        "_",
        "range",
    ] {
        let text = format!("Hi {{{{{name}}}}}, {{{{ {name} }}}}");
        assert_eq!(filled(&text, &[(name, "An")]), "Hi An, An", "{name}");
        assert_eq!(names(&text), [name]);
        assert_eq!(pointers(&text, &[]), [format!("/variables/{name}")]);
    }
    let text = "{% if tên %}{{ tên | upper }}{% endif %} {{tên}} {{first-name}} {{ 1 }}";
    let pairs = [("tên", "Đặng"), ("first-name", "An"), ("1", "one")];
    assert_eq!(filled(text, &pairs), "ĐẶNG Đặng An one");
    assert_eq!(names(text), ["1", "first-name", "tên"]);
}

#[test]
fn a_placeholder_that_is_no_placeholder_stays_as_it_is() {
    let text = "{# {{a-b}} #}{% raw %}{{a-b}}{% endraw %}{%- raw -%} {{1}} {%- endraw %} {{ 'x-y' }} { {{-a-}} }";
    assert_eq!(filled(text, &[("a", "An")]), "{{a-b}}{{1}} x-y {An}");
    assert_eq!(names(text), ["a"]);
}

#[test]
fn filters_conditions_and_defaults_work() {
    let text = "{% if vip == 'yes' %}Dear {{ name | upper }}{% else %}Hi {{ name }}{% endif %}, {{ at | default('soon') }}";
    assert_eq!(
        filled(text, &[("vip", "yes"), ("name", "An")]),
        "Dear AN, soon"
    );
    assert_eq!(
        filled(text, &[("vip", ""), ("name", "An"), ("at", "1")]),
        "Hi An, 1"
    );
    assert_eq!(names(text), ["at", "name", "vip"]);
}

#[test]
fn missing_and_unused_variables_are_all_named() {
    let text = "Hi {{ name }}, {{name}} {{ a | default('') }}\n{{ other | upper }}{{ first-name }}";
    let expected = [
        "/variables/nmae",
        "/variables/name",
        "/variables/other",
        "/variables/first-name",
    ];
    assert_eq!(pointers(text, &[("nmae", "An")]), expected);
    assert_eq!(pointers("hello", &[("a/b~c", "")]), ["/variables/a~1b~0c"]);
    for text in ["{% if a %}{% endif %}", "{{ a ~ 'x' }}", "{{ a | length }}"] {
        assert_eq!(pointers(text, &[]), ["/variables/a"], "{text}");
    }
    let many: Vec<_> = (0..20).map(|n| format!("{{{{ a{n} }}}}")).collect();
    assert_eq!(pointers(&many.concat(), &[]).len(), MOST_MISSING);
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for text in [
        "{{",
        "Hi {{name",
        "{{}}",
        "{{ two words }}",
        "{% if a %}",
        "{% nothing %}",
        "{{ a | nothing }}",
        "{{ 'x }}",
        "{#",
    ] {
        let [(pointer, detail)] = &wrong(&format!("Hi\n{text}"), &[])[..] else {
            panic!("one error: {text}")
        };
        assert_eq!(pointer, "/text", "{text}: {detail}");
        assert!(detail.starts_with("line "), "{text}: {detail}");
    }
    assert!(variables("a\nb {{ name").unwrap_err().contains("line 2"));
}

#[test]
fn nothing_else_of_jinja_is_read() {
    for text in [
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% import 'x' as y %}",
        "{% macro a() %}{% endmacro %}",
        "{% for c in 'abc' %}{{ c }}{% endfor %}",
        "{% set a = 'x' %}",
        "{% set a %}x{% endset %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ 'x' * 100000000 }}",
        "{{ [1] }}",
        "{{ {'a': 1} }}",
        "{{ 2 ** 9 }}",
        "{{ 1 + 1 }}",
        "{{ 'a' | list }}",
        "{{ 'a' is iterable }}",
        "{{ 'a'.upper() }}",
        "{{ 'a'[0] }}",
        "{{ range(9) }}",
    ] {
        assert_eq!(pointers(text, &[]), ["/text"], "{text}");
        assert!(variables(text).is_err() || text.contains("range"), "{text}");
    }
}

/// The engine would end the process.
#[test]
fn no_chain_is_too_long_to_be_refused() {
    for (begin, link, end) in [
        ("{{ a", " ~ a", " }}"),
        ("{{ a", "|d", " }}"),
        ("{{ ", "not ", "a }}"),
        ("{{ ", "-", "1 }}"),
        ("{{ ", "(", "1 }}"),
        ("{{ a", " or a", " }}"),
        ("{{ a", " in a", " }}"),
        ("{{ a", " is in a", " }}"),
        ("{{ a", "()", " }}"),
        ("{{ a", " if a else a", " }}"),
        ("{{ a", "|d(a", " }}"),
        ("{% if a %}", "{% elif a %}", "{% endif %}"),
        ("", "{% if a %}", ""),
        ("{{ '}}' ", "~ '}}' ", "}}"),
        ("{{ \"{# '\" ", "~ a ", "}}"),
    ] {
        let links = (MAX_CHARACTERS - begin.len() - end.len()) / link.len();
        let text = format!("{begin}{}{end}", link.repeat(links));
        assert_eq!(pointers(&text, &[("a", "x")]), ["/text"], "{text:.40}");
        // What is as long as it may be does no harm.
        let text = format!("{begin}{}{end}", link.repeat(98));
        let _ = render(&text, &given(&[("a", "x")]), "/text");
    }
}

#[test]
fn what_comes_out_is_bounded() {
    let long = "x".repeat(MAX_CHARACTERS);
    assert_eq!(pointers(&"{{a}}".repeat(7_000), &[("a", &long)]), ["/text"]);
    assert_eq!(pointers(&"x".repeat(MAX_CHARACTERS + 1), &[]), ["/text"]);
    let grown = "{{ a | replace('', a) | replace('', a) }}";
    assert_eq!(pointers(grown, &[("a", &long[..9000])]), ["/text"]);
}

/// What templates are made of, and what they are not.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just("{% if a %}".to_owned()),
        Just("{% else %}".to_owned()),
        Just("{% endif %}".to_owned()),
        Just("{% raw %}".to_owned()),
        Just("{% endraw %}".to_owned()),
        Just("{#".to_owned()),
        Just("#}".to_owned()),
        Just("{{ a }}".to_owned()),
        Just("{{ a | upper | replace('', b) }}".to_owned()),
        Just("{{ tên-1 }}".to_owned()),
        Just("{{ 1 }}".to_owned()),
        Just("{% elif b is startingwith(a) %}".to_owned()),
        Just("{{ a ~ b | replace(a, b) | default('') }}".to_owned()),
        Just("{{ a | int - 1 if a is number else b | length }}".to_owned()),
        "[a-z|.~*+(){}%# '\"0-9_-]{1,8}",
        "\\PC{1,4}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_template_comes_to_an_end_and_stays_small(
        text in pieces(),
        a in "\\PC{0,40}",
        b in "[a-z{}]{0,2000}",
        known in prop::collection::btree_map("[a-c1]", "\\PC{0,9}", 0..3),
    ) {
        let mut given = known;
        given.insert("a".to_owned(), a);
        given.insert("b".to_owned(), b);
        match render(&text, &given, "/text") {
            Ok(filled) => {
                prop_assert!(filled.len() as u64 <= 64 * FUEL);
                prop_assert!(variables(&text).is_ok());
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty() && errors.len() <= MOST_MISSING + given.len() + 1);
                let known = |pointer: &str| pointer == "/text" || pointer.starts_with("/variables/");
                prop_assert!(errors.iter().all(|error| known(&error.pointer)), "{errors:?}");
            }
        }
    }

    #[test]
    fn with_all_its_variables_a_template_of_placeholders_is_filled(
        parts in prop::collection::vec(("[^{}]{0,9}", "[\\pL\\pN_][\\pL\\pN_.-]{0,5}[\\pL\\pN_]"), 0..9),
        value in "\\PC{0,9}",
    ) {
        let text: Vec<_> = parts.iter().map(|(before, name)| format!("{before}{{{{ {name} }}}}")).collect();
        let given = parts.iter().map(|(_, name)| (name.clone(), value.clone())).collect();
        let expected: Vec<_> = parts.iter().map(|(before, _)| format!("{before}{value}")).collect();
        prop_assert_eq!(render(&text.concat(), &given, "/text").unwrap(), expected.concat());
    }
}

/// Each of them would be looked through to its end for each pair of braces.
#[test]
fn what_opens_again_and_again_takes_no_longer_than_its_length() {
    for (opens, closes) in [
        ("{{", ""),
        ("{{", "}}"),
        ("{{ ", "}}"),
        ("{{a", ""),
        ("{%", "%}"),
    ] {
        let text = opens.repeat(2_000_000) + closes;
        assert_eq!(placeholders::Source::of(&text).text.len(), text.len());
        assert_eq!(variables(&text), Err(too_long()));
    }
}

/// It would be copied for each place in which it stands.
#[test]
fn a_value_that_no_message_can_hold_is_refused_before_it_is_looked_at() {
    let long = "x".repeat(MAX_CHARACTERS + 1);
    let pairs = [("a", long.as_str()), ("1", &long), ("b", "x"), ("c", "x")];
    let refused = pointers(
        &"{{ 1 }}{{ b }}{{ d }}{% if a %}{% endif %}".repeat(20),
        &pairs,
    );
    assert_eq!(refused, ["/variables/c", "/variables/1", "/variables/a"]);
    let most = "ẍ".repeat(MAX_CHARACTERS);
    assert_eq!(
        filled("{{ a if not a }}{{ b-c }}", &[("a", &most), ("b-c", "y")]),
        "y"
    );
}
