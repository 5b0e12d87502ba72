//! The file itself: who writes it, who reads it, and what keeps both going.

pub(crate) mod access;
pub(crate) mod checkpoint;
pub mod clock;
pub(crate) mod files;
pub(crate) mod home;
pub(crate) mod keeper;
pub(crate) mod migrate;
pub(crate) mod readers;
pub(crate) mod reserve;
pub(crate) mod room;
pub(crate) mod select;
pub(crate) mod trouble;
pub(crate) mod unlock;
pub(crate) mod writer;
