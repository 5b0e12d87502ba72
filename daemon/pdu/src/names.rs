//! Values that lines have names for.

use tpdu::{Alphabet, Language};

pub(crate) const ALPHABETS: Names<Alphabet> = Names(
    "encoding",
    &[
        (Alphabet::Gsm7, "gsm7"),
        (Alphabet::Octets, "8bit"),
        (Alphabet::Ucs2, "ucs2"),
    ],
);

/// What they are of, and each value with its name.
pub(crate) struct Names<T: 'static>(
    pub(crate) &'static str,
    pub(crate) &'static [(T, &'static str)],
);

impl<T: Copy + PartialEq> Names<T> {
    pub(crate) fn name(&self, value: T) -> Option<&'static str> {
        let mut all = self.1.iter();
        all.find(|(known, _)| *known == value)
            .map(|(_, name)| *name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<T> {
        let mut all = self.1.iter();
        all.find(|(_, known)| *known == name)
            .map(|(value, _)| *value)
    }
}

pub(crate) fn language(name: &str) -> Option<Language> {
    let mut all = Language::ALL.into_iter();
    all.find(|language| language.name() == name)
}
