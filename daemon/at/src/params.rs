//! The parameters of an information line: `1,"SM",,"0011,22"`.

#[cfg(test)]
mod tests;

/// Parameters of one line, split at commas outside quotes and brackets.
///
/// Reads what modems write and not only what V.250 5.4.2 allows: strings without quotes, blanks
/// after commas, a quote that is missing at one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params<'a>(Vec<&'a str>);

impl<'a> Params<'a> {
    /// Splits what stands behind the colon.
    pub fn parse(text: &'a str) -> Self {
        let mut fields = Vec::new();
        let mut start = 0;
        let mut quoted = false;
        let mut depth = 0usize;
        // With an odd number of quotes no quote can be trusted to hide a comma.
        let trust_quotes = text.bytes().filter(|&b| b == b'"').count() % 2 == 0;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'"' if trust_quotes => quoted = !quoted,
                _ if quoted => {}
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => {
                    fields.push(text[start..at].trim());
                    start = at + 1;
                }
                _ => {}
            }
        }
        fields.push(text[start..].trim());
        Self(fields)
    }

    /// How many parameters there are; an empty line has one empty parameter.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Parameter `index` as it stands, quotes and all; `None` when missing or empty.
    pub fn raw(&self, index: usize) -> Option<&'a str> {
        self.0.get(index).copied().filter(|field| !field.is_empty())
    }

    /// Parameter `index` as text without its quotes; `None` when missing. `""` gives `Some("")`.
    pub fn text(&self, index: usize) -> Option<&'a str> {
        self.raw(index).map(unquoted)
    }

    /// Whether parameter `index` is in quotes.
    pub fn is_quoted(&self, index: usize) -> bool {
        self.raw(index).is_some_and(|field| field.starts_with('"'))
    }

    /// Parameter `index` as a decimal number, in quotes or not.
    pub fn number<N: std::str::FromStr>(&self, index: usize) -> Option<N> {
        self.text(index)?.trim().parse().ok()
    }

    /// Parameter `index` as a hexadecimal number, in quotes or not.
    pub fn hex(&self, index: usize) -> Option<u32> {
        u32::from_str_radix(self.text(index)?.trim(), 16).ok()
    }
}

fn unquoted(field: &str) -> &str {
    let field = field.strip_prefix('"').unwrap_or(field);
    field.strip_suffix('"').unwrap_or(field)
}
