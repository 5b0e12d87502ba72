//! How values of the command line are read.

use std::time::Duration;

/// `2s`, `200ms`, `0.5s`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "a time such as 2s or 200ms".to_owned())?;
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}

/// A part of a whole.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("0.02s"), Ok(Duration::from_millis(20)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        assert!(duration("-1s").is_err() && duration("soon").is_err());
        assert_eq!(share("0.5"), Ok(0.5));
        assert!(share("2").is_err());
    }
}
