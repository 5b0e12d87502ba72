//! Numbers as the audit names them: by a keyed hash. The audit is never changed, so that it must not
//! hold what may have to be erased.

use ring::hmac;
use tokio::sync::OnceCell;

use crate::{Gateway, Refusal};

/// The key, once it was read.
#[derive(Default)]
pub(crate) struct Pseudonyms(OnceCell<hmac::Key>);

impl Gateway {
    /// What the audit calls a number: the first 16 octets of its HMAC-SHA256, hexadecimal.
    pub async fn pseudonym(&self, number: &str) -> Result<String, Refusal> {
        let key = self.0.pseudonyms.0.get_or_try_init(|| self.audit_key());
        let tag = hmac::sign(key.await?, number.as_bytes());
        let head = tag.as_ref().first_chunk().copied().unwrap_or_default();
        Ok(format!("{:032x}", u128::from_be_bytes(head)))
    }

    async fn audit_key(&self) -> Result<hmac::Key, Refusal> {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(|error| {
            tracing::error!(%error, "no random numbers");
            Refusal::Failed("The system has no random numbers.")
        })?;
        let key = self.0.store.admin().audit_key(fresh).await?;
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }
}
