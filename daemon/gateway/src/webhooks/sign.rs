//! Signatures as Standard Webhooks says: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::WebhookSecret;
use ring::hmac;

/// The header `webhook-signature` of a post: a signature by each secret. One that its receiver knows is
/// enough.
pub(super) fn signatures(
    secrets: &[&WebhookSecret],
    id: &str,
    seconds: i64,
    body: &[u8],
) -> String {
    let signed = secrets.iter().map(|secret| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.key()));
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the reference libraries.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let other = WebhookSecret::from([7; 32]);
        let of = |secrets: &[&WebhookSecret]| {
            let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
            signatures(secrets, id, 1_614_265_330, br#"{"test": 2432232314}"#)
        };
        let signed = of(&[&secret]);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = format!("{} {signed}", of(&[&other]));
        assert_eq!(of(&[&other, &secret]), both);
    }
}
