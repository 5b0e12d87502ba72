//! What a modem tells about submits of before: a late answer, one to the run before, a restart.

use model::Iccid;
use modem::JobId;

use super::Session;
use crate::carriers::Notice;
use store::{LateAnswer, StoreError, clock};

/// What is known of the time before this session, until it is known which SIM it concerns.
#[derive(Default)]
pub(super) struct Earlier {
    /// The end of a submit of the run before.
    answer: Option<LateAnswer>,
    /// The modem has booted since it was last set up.
    booted: bool,
}

impl Session {
    /// The answer to a submit of this run, which had been given up.
    pub(super) async fn late(&mut self, job: JobId, answer: LateAnswer) {
        let late = Notice::LateAnswer { job, answer };
        self.links.scheduler.tell(late).await;
    }

    /// An answer that belongs to no submit that is waited for.
    pub(super) async fn unclaimed(&mut self, answer: LateAnswer) {
        self.earlier.answer = Some(answer);
        self.claim_answer().await;
    }

    pub(super) fn booted(&mut self) {
        tracing::info!(
            port = self.port,
            imei = self.imei_text(),
            "the modem has started anew"
        );
        self.earlier.booted = true;
    }

    /// Settles with the modem's answer what the run before left on the air, once it is known on
    /// which SIM: before that SIM is given another message.
    pub(super) async fn claim_answer(&mut self) {
        let Some(iccid) = self.iccid.clone() else {
            return;
        };
        let Some(answer) = self.earlier.answer.take() else {
            return;
        };
        if let (LateAnswer::Accepted(_), Some(imei)) = (&answer, self.imei.clone()) {
            let scheduler = &self.links.scheduler;
            let taken = scheduler.accepted_after_all(iccid.clone(), imei, answer.clone());
            if taken.await {
                return;
            }
        }
        let answered = match &answer {
            LateAnswer::Accepted(_) => "taken",
            LateAnswer::Refused(_) => "refused",
        };
        tracing::info!(%iccid, answered, "answer to a message of an earlier run");
        let claimed = self
            .links
            .store
            .evidence()
            .claim_answer(&iccid, answer, clock::now());
        match claimed.await {
            Ok(settled) => self.links.scheduler.settled(&self.links.bus, settled).await,
            Err(error) => tracing::error!(%iccid, %error, "cannot record a late answer"),
        }
    }

    /// Before the first message after a boot: TP-MR may begin anew.
    pub(super) async fn tell_booted(&mut self, iccid: &Iccid) -> Result<(), StoreError> {
        if self.earlier.booted {
            self.links.store.evidence().numbers_lost(iccid).await?;
            self.earlier.booted = false;
        }
        Ok(())
    }
}
