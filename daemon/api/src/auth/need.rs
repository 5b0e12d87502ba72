//! What handlers need their callers to be allowed.

use model::Scope;

/// A need, as a type: a handler names it, and the caller is checked before the handler runs.
pub(crate) trait Need: Send + Sync + 'static {
    /// Any of these scopes will do.
    const ANY_OF: &'static [Scope];
    /// The scope with which a caller sees what others sent, within its groups.
    const WIDE: Scope;
}

/// Needs no scope in particular.
pub(crate) struct Anyone;
/// Needs the scope `send`.
pub(crate) struct ToSend;
/// Needs a scope that shows messages, if only those that the caller sent.
pub(crate) struct ToReadMessages;
/// Needs a scope that cancels or pauses messages, if only those that the caller sent.
pub(crate) struct ToCancel;
/// Needs the scope `read`.
pub(crate) struct ToRead;
/// Needs the scope `operate`.
pub(crate) struct ToOperate;
/// Needs the scope `admin`.
pub(crate) struct ToAdmin;

impl Need for Anyone {
    const ANY_OF: &'static [Scope] = Scope::ALL;
    const WIDE: Scope = Scope::Read;
}
impl Need for ToSend {
    const ANY_OF: &'static [Scope] = &[Scope::Send];
    const WIDE: Scope = Scope::Read;
}
impl Need for ToReadMessages {
    const ANY_OF: &'static [Scope] = &[Scope::Read, Scope::ReadOwn];
    const WIDE: Scope = Scope::Read;
}
impl Need for ToCancel {
    const ANY_OF: &'static [Scope] = &[Scope::Send, Scope::CancelOwn, Scope::Operate];
    const WIDE: Scope = Scope::Operate;
}
impl Need for ToRead {
    const ANY_OF: &'static [Scope] = &[Scope::Read];
    const WIDE: Scope = Scope::Read;
}
impl Need for ToOperate {
    const ANY_OF: &'static [Scope] = &[Scope::Operate];
    const WIDE: Scope = Scope::Operate;
}
impl Need for ToAdmin {
    const ANY_OF: &'static [Scope] = &[Scope::Admin];
    const WIDE: Scope = Scope::Admin;
}
