//! What the network says of what went out, and what is concluded where it says nothing.
//!
//! A doubt is opened when a part was handed to a modem and its result was never seen. Evidence
//! settles it: a late answer (`answers`), a status report (`owner`), the TP-MR of the next
//! message (`numbers`). What none has settled in time is decided by the message's policy (`policy`).
//!
//! A conclusion is drawn only where it holds in every world that fits what was seen. These are the
//! worlds, and what keeps each from making a conclusion false; `tests::worlds` makes those of a SIM
//! up and looks at every conclusion.
//!
//! | what may be so | what follows |
//! |---|---|
//! | the part went out, or the modem never had it, or the network refused it and the answer was lost | no number used in between: it did not go out; a number used: it went out only where a refusal by the network was seen to use none, and none was seen to use one |
//! | a modem takes a number when it begins, when it transmits, or when the network has accepted | a refusal by the modem itself tells nothing of that, one by the network does |
//! | an answer lost its number, and the part is sent without one | the count is not known until the next number; reports of its recipient may be its own |
//! | a number lost digits on the line (`12` read as `2`) | it is too far away to fit what lies between, then the count is not known, and the part is rather without a number, or both parts where it may be either (`misread`); a report is not believed where a part of its recipient may really have its number |
//! | the count began anew with 0 or 1, and nobody was told | a number that may be so soon after that proves nothing, nor does one that does not follow |
//! | another part to the recipient is on its way, in doubt, without a number, or had its report already | a report that may be another's settles none |
//! | a part was sent again, or a person said that it did not go out, and yet it did | its report may still come (`doubts::strays`): the same |
//! | a refusal was the answer to something else, and the part went out | the same, unless the network gave the reason; its `+CMGS` settles it as long as only it can be meant (`refuted`) |
//! | an SMSC names a part in its receipt otherwise than in its answer (decimal and hexadecimal), or reports twice | a receipt under an id that a part of its recipient has, in whatever notation, is that part's and settles no other; while one has no answer yet, it may be that one's |
//! | an answer comes to a run that has not asked for it, and its part has been settled by something else meanwhile | it is the last one's that the modem had: an older part gets it only where no other, in doubt or settled without its answer, can have had it |
//! | a report is lost, comes late, or before the answer | that none came is no evidence; early ones are looked at again when something has been settled, for parts that were handed over before them |
//!
//! What is taken for granted: nobody else sends through the SIM, a modem handles one submit at a
//! time, reports and IMEIs are what they say, and at most one number in a row loses digits.

pub(crate) mod answers;
mod count;
pub(crate) mod doubts;
pub(crate) mod fate;
pub(crate) mod finding;
pub(crate) mod kept;
mod misread;
mod numbers;
pub(crate) mod outcome;
mod owner;
pub(crate) mod policy;
mod reconsider;
pub(crate) mod recovery;
pub(crate) mod reference;
pub(crate) mod refuted;
pub(crate) mod report;
pub(crate) mod restored;
pub(crate) mod settled;

pub(crate) use finding::SLACK_MS;
pub(crate) use finding::by_number::AGAIN_MS;

use crate::machine::access::Access;

/// Reports, late answers, and what is concluded from them.
#[derive(Clone)]
pub struct Evidence {
    file: Access,
}

impl Evidence {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
