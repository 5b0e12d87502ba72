//! Messages: accepted, cancelled, resolved.

use std::sync::Arc;

use model::{Change, Key, MessageId, NewMessage, State};
use store::{
    Accepted, Cancelled, NewAudit, NewReplay, Paused, Referenced, Resolved, StoreError, clock,
};

use super::Thing;
use crate::carriers::Notice;
use crate::messages::draft::{self, ClassChoice, Context, Draft, Each, Named, Written};
use crate::schedule::Signal;
use crate::threads::Threads;
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal};

/// Messages of a reference that are changed in one transaction, so that it holds nobody up.
const CHANGED_AT_ONCE: usize = 200;

/// Batches that are looked through at a time.
pub static DRAFTS: Threads = Threads::new("batch", 4);

/// What is to become of all messages of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAll {
    Cancel,
    Pause,
    Resume,
}

impl Gateway {
    /// What drafts of this key are checked against.
    pub fn context<'a>(&'a self, key: &'a Key, named: &'a Named) -> Context<'a> {
        Context {
            defaults: self.defaults(),
            key,
            own: &named.numbers,
            templates: &named.templates,
            addresses: self.0.webhooks.addresses(),
            now: clock::now(),
        }
    }

    /// Checks and completes a draft of this key for one recipient. Nothing is stored.
    pub async fn prepare(&self, key: &Key, draft: Draft) -> Result<NewMessage, Refusal> {
        Self::check_class(key, &draft)?;
        let named = self.named_by(&draft).await?;
        let message = draft::prepare(draft, self.context(key, &named))?;
        self.check_sender(key, &message).await?;
        Ok(message)
    }

    /// The same for one recipient or more, with what only a person at a keyboard asks for.
    pub async fn preview(&self, key: &Key, draft: Draft) -> Result<Written, Refusal> {
        Self::check_class(key, &draft)?;
        let named = self.named_by(&draft).await?;
        let preview = draft::preview(draft, self.context(key, &named))?;
        self.check_sender(key, &preview.message).await?;
        Ok(preview.into())
    }

    /// The same for each recipient of a draft: one that is none does not keep the others from theirs.
    pub async fn prepare_each(&self, key: &Arc<Key>, draft: Draft) -> Result<Each, Refusal> {
        Self::check_class(key, &draft)?;
        let named = self.named_by(&draft).await?;
        let (gateway, owner) = (self.clone(), Arc::clone(key));
        let work = move || draft::prepare_each(draft, gateway.context(&owner, &named));
        let prepared = DRAFTS.run(work).await;
        let prepared = prepared.map_err(|_| Refusal::Failed("The message failed."))??;
        if let Some(message) = prepared.iter().find_map(|each| each.as_ref().ok()) {
            // The sender is the same for all of them.
            self.check_sender(key, message).await?;
        }
        Ok(prepared)
    }

    /// Whether this key may send a draft's class at all.
    pub fn check_class(key: &Key, draft: &Draft) -> Result<(), Refusal> {
        if draft.class == ClassChoice::Transactional && !key.may_pass_opt_out {
            let why = "The caller may not send messages of the class transactional; `may_pass_opt_out` of its key says so.";
            return Err(Refusal::Forbidden(why));
        }
        Ok(())
    }

    /// All that drafts may name.
    pub async fn nameable(&self) -> Result<Named, StoreError> {
        Ok(Named {
            numbers: self.own_numbers().await?,
            templates: self.kept_templates().await?,
        })
    }

    /// What this draft needs of that; most need nothing, which costs no reading.
    async fn named_by(&self, draft: &Draft) -> Result<Named, StoreError> {
        let mut named = Named::default();
        if draft.names_a_number() {
            named.numbers = self.own_numbers().await?;
        }
        if draft.template.is_some() {
            named.templates = self.kept_templates().await?;
        }
        Ok(named)
    }

    /// Whether what a message's `from` names is there, and is for this key.
    async fn check_sender(&self, key: &Key, message: &NewMessage) -> Result<(), Refusal> {
        match self.sender_refusal(key, &message.sender).await? {
            None => Ok(()),
            Some(detail) => Err(FieldError::new("/from", detail)
                .coded(FieldCode::Sender)
                .into()),
        }
    }

    /// Commits messages; when it returns `Stored`, they will not be lost. What is due has been
    /// handed to the scheduler and is not in the answer any more. When it returns `OptedOut`, none were.
    pub async fn accept(
        &self,
        messages: Vec<NewMessage>,
        replay: Option<NewReplay>,
    ) -> Result<Accepted, StoreError> {
        self.learn_keys(&messages).await?;
        self.0.scheduler.admit(messages, replay).await
    }

    pub async fn cancel(&self, caller: &Caller, id: MessageId) -> Result<Cancelled, Refusal> {
        self.reaches_message(caller, id).await?;
        let _alone = self.alone(Thing::Message(id)).await;
        let entry = caller.entry(format!("cancelled message {id}"));
        Ok(self.withdraw(id, Some(entry)).await?)
    }

    /// Cancels all messages with this reference that wait now and are within reach, pauses those that are not over, or
    /// lets them go on; how many of those that waited.
    pub async fn change_referenced(
        &self,
        caller: &Caller,
        reference: &str,
        change: ChangeAll,
    ) -> Result<u64, Refusal> {
        let (which, did) = match change {
            ChangeAll::Cancel => (Referenced::Waiting, "cancelled"),
            ChangeAll::Pause => (Referenced::Running, "paused"),
            ChangeAll::Resume => (Referenced::Paused, "resumed"),
        };
        let (mut changed, mut before) = (0, None);
        loop {
            let reading = self.0.store.reading();
            let reach = caller.reach.clone();
            let (found, next) = reading.referenced(reference, which, reach, before).await?;
            for ids in found.chunks(CHANGED_AT_ONCE) {
                let entry = caller.entry(format!("{did} messages with reference {reference}"));
                let ids = ids.to_vec();
                changed += match change {
                    ChangeAll::Cancel => self.withdraw_all(ids, entry).await?,
                    ChangeAll::Pause => self.pause_all(ids, true, entry).await?,
                    ChangeAll::Resume => self.pause_all(ids, false, entry).await?,
                };
            }
            if next.is_none() {
                return Ok(changed);
            }
            before = next;
        }
    }

    /// What the scheduler has read of those that are paused is old; where some may go on, it has read nothing of them.
    async fn pause_all(
        &self,
        ids: Vec<MessageId>,
        paused: bool,
        entry: NewAudit,
    ) -> Result<u64, StoreError> {
        let queue = self.0.store.queue();
        let Paused { waiting, lanes } = queue.pause_all(ids, paused, clock::now(), entry).await?;
        if paused && waiting > 0 {
            self.0.scheduler.signal(Signal::Moved).await;
        } else if !lanes.is_empty() {
            self.0.scheduler.signal(Notice::Queued(lanes)).await;
        }
        Ok(waiting)
    }

    async fn withdraw_all(&self, ids: Vec<MessageId>, audit: NewAudit) -> Result<u64, StoreError> {
        let queue = self.0.store.queue();
        let cancelled = queue.cancel_all(ids, clock::now(), audit).await?;
        for id in &cancelled {
            self.0.bus.message(&Change::of(*id, State::Cancelled));
        }
        Ok(cancelled.len() as u64)
    }

    /// Cancels a message for a client, or one of our own.
    pub(crate) async fn withdraw(
        &self,
        id: MessageId,
        audit: Option<NewAudit>,
    ) -> Result<Cancelled, StoreError> {
        let cancelled = self.0.store.queue().cancel(id, clock::now(), audit).await?;
        if cancelled == Cancelled::Done {
            self.0.bus.message(&Change::of(id, State::Cancelled));
        }
        Ok(cancelled)
    }

    /// Takes a person's word for whether an uncertain message went out.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: MessageId,
        sent: bool,
    ) -> Result<Resolved, Refusal> {
        self.reaches_message(caller, id).await?;
        let _alone = self.alone(Thing::Message(id)).await;
        let word = if sent { "sent" } else { "not sent" };
        let entry = caller.entry(format!("resolved message {id} as {word}"));
        let store = &self.0.store;
        let resolved = store
            .evidence()
            .resolve(id, sent, clock::now(), Some(entry))
            .await?;
        if let Resolved::Done(settled) = &resolved {
            let settled = vec![settled.clone()];
            self.0.scheduler.settled(&self.0.bus, settled).await;
        }
        Ok(resolved)
    }
}
