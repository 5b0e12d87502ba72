//! What the product does: messages, and what carries them. The only way in for the API and the
//! commands.
#![allow(
    missing_docs,
    reason = "the crate is the product's own; a field says what it holds where its name does not"
)]

pub mod attention;
pub mod backups;
mod caller;
pub mod carriers;
pub mod changes;
pub mod events;
mod field_error;
mod key_use;
pub mod keys;
pub mod mask;
pub mod messages;
pub mod modems;
mod once;
pub mod opt_out;
pub mod overlap;
pub mod ports;
mod post_to;
pub mod power;
mod pseudonyms;
mod readiness;
pub mod records;
mod refusal;
mod routing;
pub mod running;
pub mod schedule;
pub mod selftest;
pub mod settings;
pub mod statistics;
pub mod status;
mod support;
mod system;
mod template_views;
pub mod threads;
pub mod transfer;
pub mod uplink;
mod uplinks;
pub mod users;
mod views;
mod waits;
mod webhook_views;
pub mod webhooks;

use std::sync::Arc;

pub use caller::Caller;
pub use changes::{Changes, UplinkDeleted};
pub use field_error::{FieldCode, FieldError};
pub use once::{Made, Once, Reused};
pub use refusal::{Refusal, Unknown};
pub use support::Support;
pub use system::System;
pub use template_views::{TemplatePreview, TemplateTry, TemplateView};
pub use uplinks::UplinkView;
pub use views::{ModemView, SimState, SimView};
pub use waits::Wait;
pub use webhook_views::WebhookView;

use crate::attention::Attention;
use crate::backups::Backups;
use crate::changes::Senders;
use crate::events::Bus;
use crate::keys::Keys;
use crate::messages::draft::Defaults;
use crate::modems::{Fleet, PortRow, offered};
use crate::once::Remembered;
use crate::ports::Udev;
use crate::power::Power;
use crate::pseudonyms::Pseudonyms;
use crate::records::Records;
use crate::schedule::Handle;
use crate::selftest::Tests;
use crate::settings::Settings;
use crate::template_views::KeptTemplates;
use crate::transfer::Imported;
use crate::uplink::Uplinks;
use crate::users::Users;
use crate::webhooks::Webhooks;
pub use store::{
    Accepted, BackupFile, Cancelled, DeliveryFilter, ListedDelivery, OptedOut, Resolved,
    StoreError, clock,
};
use store::{Admin, Store};

/// How a client asks for a restart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[schema(as = ModemRestart)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// The modem boots (`AT+CFUN=1,1`).
    Soft,
    /// The radio is turned off and on (`AT+CFUN=4`, `AT+CFUN=1`).
    Radio,
    /// The power is cut and given back, by what is configured for that.
    Power,
}

/// A handle; clones share one gateway.
#[derive(Clone)]
pub struct Gateway(Arc<Whole>);

struct Whole {
    parts: GatewayParts,
    records: Records,
    keys: Keys,
    users: Users,
    routing: routing::Routing,
    changes: Changes,
    senders: Senders,
    imported: Remembered<Imported>,
    pseudonyms: Pseudonyms,
    templates: KeptTemplates,
    tests: Tests,
    attention: Attention,
}

impl std::ops::Deref for Whole {
    type Target = GatewayParts;

    fn deref(&self) -> &GatewayParts {
        &self.parts
    }
}

/// What a gateway is put together from.
pub struct GatewayParts {
    pub settings: Arc<Settings>,
    /// What drafts go by that leave something out.
    pub defaults: Defaults,
    /// The whole configuration as it is, for whoever helps.
    pub configuration: serde_json::Value,
    pub store: Store,
    pub bus: Bus,
    pub fleet: Fleet,
    pub scheduler: Handle,
    pub uplinks: Uplinks,
    pub webhooks: Webhooks,
    pub backups: Backups,
    /// What can cut the power of modems.
    pub power: Power,
}

impl Gateway {
    pub fn new(parts: GatewayParts) -> Self {
        Self(Arc::new(Whole {
            records: Records::of(parts.store.clone()),
            keys: Keys::of(parts.store.clone()),
            users: Users::of(parts.store.clone()),
            parts,
            routing: routing::Routing::default(),
            changes: Changes::default(),
            senders: Senders::default(),
            imported: Remembered::default(),
            pseudonyms: Pseudonyms::default(),
            templates: KeptTemplates::default(),
            tests: Tests::default(),
            attention: Attention::default(),
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What it remembers.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Who may log in, and who has.
    pub fn users(&self) -> &Users {
        &self.0.users
    }

    pub fn defaults(&self) -> &Defaults {
        &self.0.defaults
    }

    /// Answers as soon as the dispatcher does; false when it has ended.
    pub async fn dispatcher_lives(&self) -> bool {
        self.0.scheduler.is_alive().await
    }

    /// Answers as soon as the store's writer does; false when it has ended.
    pub async fn writer_lives(&self) -> bool {
        self.0.store.upkeep().is_alive().await
    }

    /// Copies of the database.
    pub fn backups(&self) -> &Backups {
        &self.0.backups
    }

    /// What can cut the power of modems.
    pub fn power(&self) -> &Power {
        &self.0.power
    }

    /// The self-tests that run, and the last one of each modem.
    pub fn tests(&self) -> &Tests {
        &self.0.tests
    }

    /// What needs a person.
    pub fn attention(&self) -> &Attention {
        &self.0.attention
    }

    /// What operators set and are told, as it is stored.
    pub(crate) fn admin(&self) -> &Admin {
        self.0.store.admin()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// What tests of other crates prepare.
    #[cfg(feature = "samples")]
    pub fn test_store(&self) -> &Store {
        &self.0.store
    }

    pub fn bus(&self) -> &Bus {
        &self.0.bus
    }

    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    pub fn fleet(&self) -> &Fleet {
        &self.0.fleet
    }

    /// The serial ports that are there, by name, and after them the adapters that may be named.
    pub fn ports(&self) -> Vec<PortRow> {
        let mut rows = self.0.fleet.roster().rows();
        rows.extend(offered(&Udev::default().unclaimed(), &rows));
        rows
    }
}
