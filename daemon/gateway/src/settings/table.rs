//! The `settings!` table: one entry gives a field, its default, its range and its lines in the
//! documented file.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Something wrong with one value.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// Dotted, as in `http.listen`.
    pub key: String,
    pub detail: String,
}

impl SettingFault {
    pub fn new(key: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            detail: detail.into(),
        }
    }
}

/// One setting as the documented file shows it.
pub struct SettingLine {
    pub docs: &'static [&'static str],
    pub name: &'static str,
    /// As TOML; none when the default is "not set".
    pub value: Option<String>,
    /// Another value, as TOML, shown commented out.
    pub like: Option<&'static str>,
    /// What is allowed, for numbers.
    pub range: Option<String>,
    /// What its values are, as in "an address and a port".
    pub what: &'static str,
}

impl SettingLine {
    /// What the value must be, with an example that the file takes.
    pub fn rule(&self) -> String {
        let range = self
            .range
            .as_ref()
            .map_or_else(String::new, |range| format!(" from {range}"));
        // Where the words are listed, one of them again would tell nothing.
        let default = self.value.as_deref();
        let example = self.like.or(default.filter(|_| self.what.starts_with('a')));
        let example = example.map_or_else(String::new, |example| format!(", such as {example}"));
        format!("must be {}{range}{example}", self.what)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_docs(f, self.docs)?;
        if let Some(range) = &self.range {
            writeln!(f, "# Range: {range}.")?;
        }
        if let Some(like) = self.like {
            writeln!(f, "# {} = {like}", self.name)?;
        }
        if let Some(value) = &self.value {
            writeln!(f, "{} = {value}", self.name)?;
        }
        Ok(())
    }
}

/// A table's lines, then its sections.
pub struct SettingListing {
    pub lines: Vec<SettingLine>,
    pub sections: Vec<(&'static str, &'static [&'static str], SettingListing)>,
}

impl SettingListing {
    /// The setting of a dotted key, as in `http.listen`.
    pub fn find(&self, key: &str) -> Option<&SettingLine> {
        let Some((section, rest)) = key.split_once('.') else {
            return self.lines.iter().find(|line| line.name == key);
        };
        self.section(section)?.find(rest)
    }

    /// Whether a dotted key is a section's, as in `http`.
    pub fn has_section(&self, key: &str) -> bool {
        let (first, rest) = key.split_once('.').unwrap_or((key, ""));
        let section = self.section(first);
        section.is_some_and(|section| rest.is_empty() || section.has_section(rest))
    }

    /// The dotted keys whose values are others in another listing of the same tables.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let lines = self.lines.iter().zip(&other.lines);
        let lines = lines.filter(|(line, other)| line.value != other.value);
        let mut keys: Vec<_> = lines.map(|(line, _)| line.name.to_owned()).collect();
        for ((name, _, section), (.., other)) in self.sections.iter().zip(&other.sections) {
            let differing = section.differing(other).into_iter();
            keys.extend(differing.map(|key| format!("{name}.{key}")));
        }
        keys
    }

    fn section(&self, name: &str) -> Option<&Self> {
        let mut sections = self.sections.iter();
        let (.., listing) = sections.find(|(its, ..)| *its == name)?;
        Some(listing)
    }

    /// `prefix` is the dotted name of the table that it is, with a dot at its end.
    fn write(&self, f: &mut fmt::Formatter<'_>, prefix: &str) -> fmt::Result {
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            line.write(f)?;
        }
        for (name, docs, section) in &self.sections {
            writeln!(f)?;
            write_docs(f, docs)?;
            writeln!(f, "[{prefix}{name}]")?;
            section.write(f, &format!("{prefix}{name}."))?;
        }
        Ok(())
    }
}

impl fmt::Display for SettingListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
    }
}

fn write_docs(f: &mut fmt::Formatter<'_>, docs: &[&str]) -> fmt::Result {
    docs.iter().try_for_each(|doc| writeln!(f, "#{doc}"))
}

/// A value as TOML; none for an absent option.
pub fn written<T: serde::Serialize>(value: &T) -> Option<String> {
    toml::Value::try_from(value)
        .ok()
        .map(|value| value.to_string())
}

/// A kind of value, named for people.
pub trait Described {
    /// With its article.
    const WHAT: &str;
}

impl Described for u32 {
    const WHAT: &str = "a whole number";
}

impl Described for bool {
    const WHAT: &str = "true or false";
}

impl Described for PathBuf {
    const WHAT: &str = "a path in quotes";
}

impl Described for SocketAddr {
    const WHAT: &str = "an address and a port in quotes";
}

impl Described for Option<PathBuf> {
    const WHAT: &str = PathBuf::WHAT;
}

impl Described for Option<SocketAddr> {
    const WHAT: &str = SocketAddr::WHAT;
}

impl Described for String {
    const WHAT: &str = "a text in quotes";
}

impl Described for Option<String> {
    const WHAT: &str = "a text in quotes";
}

impl Described for Vec<String> {
    const WHAT: &str = "a list of texts";
}

/// Declares a table of `simgate.toml`. A field reads
/// `/// docs` `name: Type = default [, in least..=most] [, like "example"];`
#[macro_export]
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $type:ty = $default:expr
                $(, in $range:expr)? $(, like $like:literal)?;
            )*
        }
        $( sections { $( $section:ident: $section_type:ident; )* } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )*
            $($( pub $section: $section_type, )*)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $field: $default, )*
                    $($( $section: $section_type::default(), )*)?
                }
            }
        }

        impl $name {
            #[allow(dead_code, reason = "the outermost table has no heading")]
            pub const ABOUT: &[&str] = &[$($about),+];

            /// As the documented file lists them.
            pub fn listing(&self) -> $crate::settings::table::SettingListing {
                $crate::settings::table::SettingListing {
                    lines: vec![$( $crate::settings::table::SettingLine {
                        docs: &[$($doc),+],
                        name: stringify!($field),
                        value: $crate::settings::table::written(&self.$field),
                        like: $crate::settings!(@optional $($like)?),
                        range: $crate::settings!(@range $($range)?),
                        what: <$type as $crate::settings::table::Described>::WHAT,
                    }),*],
                    sections: vec![$($(
                        (stringify!($section), $section_type::ABOUT, self.$section.listing())
                    ),*)?],
                }
            }

            /// Adds the values that are out of range; `prefix` is the section with its dot.
            #[allow(unused_variables, clippy::ptr_arg, reason = "a table may lack ranges or sections")]
            pub fn check_ranges(&self, prefix: &str, findings: &mut Vec<$crate::settings::table::SettingFault>) {
                $($(
                    if !($range).contains(&self.$field) {
                        findings.push($crate::settings::table::SettingFault::new(
                            format!("{prefix}{}", stringify!($field)),
                            format!(
                                "{} is out of range: {} to {}",
                                self.$field, ($range).start(), ($range).end()
                            ),
                        ));
                    }
                )?)*
                $($( self.$section.check_ranges(&format!("{prefix}{}.", stringify!($section)), findings); )*)?
            }
        }
    };
    (@optional) => { None };
    (@optional $like:literal) => { Some($like) };
    (@range) => { None };
    (@range $range:expr) => { Some(format!("{} to {}", ($range).start(), ($range).end())) };
}
