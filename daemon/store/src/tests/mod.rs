//! The store as its callers see it.

mod admission;
mod audit;
mod backups;
mod bounds;
mod callbacks;
mod changes;
mod claims;
mod clock_columns;
mod clock_evidence;
mod clock_meanwhile;
mod clock_stages;
mod clock_steps;
mod doubts;
mod early_receipts;
mod encryption;
mod erasure;
mod files;
mod findings;
mod imports;
mod inbound;
mod incidents;
mod indexing;
mod listing;
mod parts;
mod pausing;
mod reading;
mod receipts;
mod recovery;
mod reports;
mod restores;
mod searching;
mod selftests;
mod sim_health;
mod staff;
mod standing;
mod statistics;
mod steps;
mod summary;
mod support;
mod suppressions;
mod templates;
mod thinning;
mod told;
mod trouble;
mod unreadable;
mod untimed;
mod uplinks;
mod users;
mod webhooks;
mod webhooks_damaged;
mod worlds;

use std::time::Duration;

use model::{
    Body, Carrier, Classifier, Coding, Iccid, KeyId, Lane, Message, MessageClass, MessageId,
    NewMessage, OnUncertain, Priority, Queued, Reason, RowId, Sender, State, Time,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::machine::clock;
use crate::machine::writer::Need;
use crate::values::RowExt as _;
use crate::{
    Accepted, Advanced, LateAnswer, NewAudit, NewReplay, Once, Reference, Scan, Step, Store,
    StoreError,
};
use support::*;
