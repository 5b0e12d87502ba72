//! What staff make of conversations. Two who change one at the same time are told apart by what they
//! have seen of it, in the commit: there is nothing to wait for here. The audit names them by a keyed
//! hash of the number, and holds no note's text. Marks of what was read are nobody else's business.

use model::{MessageId, Note, RowId, User};
use store::{Erasable, Marked, NewNote, Noted, Seen, Work, WorkChange, WorkStored, clock};

use super::Thing;
use crate::events::ConversationChange;
use crate::{Caller, FieldCode, FieldError, Gateway, Made, Once, Refusal, Reused, Unknown};

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ConversationErased)]
pub struct Erased {
    /// What the audit calls the number: a keyed hash, the same for the same number as long as this
    /// database is used.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    pub audited_as: String,
    /// Messages that were erased.
    pub messages: u64,
}

impl Gateway {
    /// Changes whose a conversation is, and whether it is done, for somebody who has seen it so.
    pub async fn change_conversation(
        &self,
        caller: &Caller,
        number: &str,
        change: WorkChange,
        seen: Seen,
    ) -> Result<Work, Refusal> {
        caller.reaches_conversations()?;
        let what = format!("changed conversation {}", self.pseudonym(number).await?);
        let staff = self.store().staff();
        match staff
            .change(number, change, seen, caller.entry(what))
            .await?
        {
            WorkStored::Done(work, is_changed) => {
                if is_changed {
                    self.tell_conversation(caller, number, ConversationChange::Work);
                }
                Ok(work)
            }
            WorkStored::Unknown => Err(Unknown::Conversation.into()),
            WorkStored::NoUser => {
                let why = "there is no user of this name";
                Err(FieldError::new("/assigned", why)
                    .coded(FieldCode::UserUnknown)
                    .into())
            }
            WorkStored::Stale(work) => Err(Refusal::Conflict(meanwhile(&work))),
        }
    }

    pub async fn add_note(
        &self,
        caller: &Caller,
        number: &str,
        text: String,
        once: Option<Once>,
    ) -> Result<Made<Note>, Refusal> {
        caller.reaches_conversations()?;
        check_note(&text)?;
        let what = format!("noted on conversation {}", self.pseudonym(number).await?);
        let new = NewNote {
            author: caller.actor().to_owned(),
            at: clock::now(),
            text,
        };
        let staff = self.store().staff();
        match staff
            .add_note(number, new, caller.entry(what), once)
            .await?
        {
            Noted::Done(note) => {
                self.tell_conversation(caller, number, ConversationChange::Notes);
                Ok(Made::Now(note))
            }
            Noted::Before(note) => Ok(Made::Before(note)),
            Noted::Reused => Err(Reused.into()),
            Noted::Unknown => Err(Unknown::Conversation.into()),
            Noted::Full => {
                let why = "The conversation has 200 notes. Delete some first.";
                Err(Refusal::Conflict(why.to_owned()))
            }
        }
    }

    pub async fn delete_note(
        &self,
        caller: &Caller,
        number: &str,
        note: RowId,
    ) -> Result<(), Refusal> {
        caller.reaches_conversations()?;
        let name = self.pseudonym(number).await?;
        let entry = caller.entry(format!("deleted note {} on conversation {name}", note.0));
        if !self
            .store()
            .staff()
            .delete_note(number, note, entry)
            .await?
        {
            return Err(Unknown::Note.into());
        }
        self.tell_conversation(caller, number, ConversationChange::Notes);
        Ok(())
    }

    /// Erases all that is kept of a number. What it has to be kept for is not: that it wants no messages,
    /// what was counted, and that it was erased.
    pub async fn erase_conversation(
        &self,
        caller: &Caller,
        number: &str,
    ) -> Result<Erased, Refusal> {
        caller.reaches_conversations()?;
        let _alone = self.alone(Thing::Conversation(number.to_owned())).await;
        self.store().reading().catch_up().await?;
        let upkeep = self.store().upkeep();
        let (upto, messages) = match upkeep.erasable(number).await? {
            Erasable::Now(upto, messages) => (upto, messages),
            Erasable::Unknown => return Err(Unknown::Conversation.into()),
            Erasable::Waiting(count) => return Err(Refusal::Conflict(waiting(count))),
            Erasable::Behind => {
                let why = "Not all messages are indexed yet. Try again in a moment.";
                return Err(Refusal::Conflict(why.to_owned()));
            }
        };
        let audited_as = self.pseudonym(number).await?;
        let entry = caller.entry(format!("erased conversation {audited_as}"));
        upkeep
            .begin_erasure(number, (upto, messages), entry)
            .await?;
        upkeep.erase(number).await?;
        self.bus().forget(number);
        let what = ConversationChange::Erased;
        self.bus().conversation(None, what, Some(caller.actor()));
        Ok(Erased {
            audited_as,
            messages,
        })
    }

    /// A user has read a conversation up to this message, or all of it.
    pub async fn mark_read(
        &self,
        user: &User,
        number: &str,
        up_to: Option<MessageId>,
    ) -> Result<(), Refusal> {
        match self
            .store()
            .staff()
            .mark_read(user.id, number, up_to)
            .await?
        {
            Marked::Done => Ok(()),
            Marked::Unknown => Err(Unknown::Conversation.into()),
            Marked::NotThere => {
                let why = "is no message of this conversation";
                Err(FieldError::new("/up_to", why).into())
            }
        }
    }

    fn tell_conversation(&self, caller: &Caller, number: &str, what: ConversationChange) {
        self.bus()
            .conversation(Some(number), what, Some(caller.actor()));
    }
}

fn waiting(count: u64) -> String {
    let messages = match count {
        1 => "1 message to it is".to_owned(),
        count => format!("{count} messages to it are"),
    };
    format!(
        "{messages} not over: waiting, on the way, or uncertain. Cancel or resolve what can be, or wait."
    )
}

fn meanwhile(work: &Work) -> String {
    let state = if work.done { "done" } else { "open" };
    let assigned = match &work.assigned {
        Some(name) => format!("{name} looks after it"),
        None => "nobody looks after it".to_owned(),
    };
    format!(
        "It was changed meanwhile, or a message came in: it is {state}, and {assigned}. Read it again."
    )
}

fn check_note(text: &str) -> Result<(), FieldError> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let is_long = text.chars().nth(LONGEST_NOTE).is_some();
    if text.trim().is_empty() || is_long || text.contains(odd) {
        let detail = format!(
            "must have 1 to {LONGEST_NOTE} characters, and no control characters but line ends and tabs"
        );
        return Err(FieldError::new("/text", detail)
            .coded(FieldCode::Text)
            .most(LONGEST_NOTE as u64));
    }
    Ok(())
}
