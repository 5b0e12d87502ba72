//! Backups that clients ask for.

use crate::backups::BackupRun;
use crate::{Caller, Gateway, Refusal};

impl Gateway {
    /// Begins a backup, or tells of the one that is being made.
    pub async fn begin_backup(&self, caller: &Caller) -> Result<BackupRun, Refusal> {
        self.backups().has_room().await?;
        self.note(caller, "began a backup".to_owned()).await;
        Ok(self.backups().begin())
    }

    /// Opens a backup for a client who is to have all that the database holds.
    pub async fn open_backup(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<(std::fs::File, u64), Refusal> {
        let opened = self.backups().open(name).await?;
        self.note(caller, format!("downloaded backup {name}")).await;
        Ok(opened)
    }
}
