//! Signatures as Standard Webhooks says: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::WebhookSecret;
use ring::hmac;

/// In front of a secret's base64.
const PREFIX: &str = "whsec_";
/// Octets of a secret, as the specification recommends.
const OCTETS: std::ops::RangeInclusive<usize> = 24..=64;

/// A new secret.
pub(crate) fn generate() -> WebhookSecret {
    let octets: [u8; 32] = rand::random();
    WebhookSecret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(octets)))
}

/// A secret as it is given: `whsec_` and the base64 of 24 to 64 octets.
pub(crate) fn parse(text: &str) -> Option<WebhookSecret> {
    let octets = BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
    OCTETS
        .contains(&octets.len())
        .then(|| WebhookSecret::new(text.to_owned()))
}

/// The header `webhook-signature` of a post.
pub(super) fn signature(secret: &WebhookSecret, id: &str, seconds: i64, body: &[u8]) -> String {
    let base64 = secret.as_str().strip_prefix(PREFIX).unwrap_or_default();
    // It was checked when it was set.
    let octets = BASE64_STANDARD.decode(base64).unwrap_or_default();
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &octets));
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the reference libraries.
        let secret = parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(&secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_new_secret_can_be_given_back() {
        let secret = generate();
        assert_eq!(parse(secret.as_str()), Some(secret));
        assert_ne!(generate(), generate());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for bad in [
            "",
            "secret",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_!!!!",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
