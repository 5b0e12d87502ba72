//! Backups that clients ask for.

use crate::backups::BackupRun;
use crate::{Caller, Gateway, Made, Once, Refusal};

impl Gateway {
    /// Begins a backup, or tells of the one that is being made. The answer is given again for `once` as
    /// long as the process runs.
    pub async fn begin_backup(
        &self,
        caller: &Caller,
        once: Option<Once>,
    ) -> Result<Made<BackupRun>, Refusal> {
        let begun = self.backups().begun();
        if let Some(run) = begun.made(once.as_ref())? {
            return Ok(Made::Before(run));
        }
        self.backups().has_room().await?;
        self.note(caller, "began a backup".to_owned()).await;
        let run = self.backups().begin();
        begun.remember(once, &run);
        Ok(Made::Now(run))
    }

    /// Opens a backup for a client who is to have all that the database holds: other groups' messages too.
    pub async fn open_backup(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<(std::fs::File, u64), Refusal> {
        if !self.usable(caller).await?.is_all() {
            return Err(Refusal::Forbidden(
                "backups are for keys and users of all groups",
            ));
        }
        let opened = self.backups().open(name).await?;
        self.note(caller, format!("downloaded backup {name}")).await;
        Ok(opened)
    }
}
