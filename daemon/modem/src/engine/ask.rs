//! A command that a part wants written.

use at::{Command, Request};

/// The command, and what it is for.
#[derive(Debug)]
pub(super) struct Ask<P> {
    pub(super) purpose: P,
    pub(super) request: Request,
}

impl<P> Ask<P> {
    pub(super) fn new<C: Command>(purpose: P, command: &C) -> Self {
        let request = command.request();
        Self { purpose, request }
    }

    /// The same among the purposes of all parts.
    pub(super) fn of<Q>(self, whose: impl FnOnce(P) -> Q) -> Ask<Q> {
        Ask {
            purpose: whose(self.purpose),
            request: self.request,
        }
    }
}
