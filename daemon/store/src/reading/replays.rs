//! The answers that requests got, for those that come again.

use crate::StoreError;
use crate::reading::Reading;
use crate::tables::replays::{Replayed, find};
use model::{KeyId, Time};

impl Reading {
    /// The answer given under this `Idempotency-Key` in the 24 hours before `now`.
    pub async fn replay(
        &self,
        key: KeyId,
        name: &str,
        request: [u8; 32],
        now: Time,
    ) -> Result<Option<Replayed>, StoreError> {
        let name = name.to_owned();
        self.file
            .read(move |reader| find(reader, (key, &name, &request), now))
            .await
    }
}
