//! Uplinks and routes: each is checked against the other.

use std::collections::HashSet;

use model::{Carrier, Route, Target, UplinkConfig, UplinkName};

use super::Thing;
use super::route_checks;
use super::routes_document::RoutesJson;
use super::uplink_put::UplinkPut;
use crate::{Caller, Gateway, Refusal, UplinkView};

/// What became of a wish to delete an uplink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UplinkDeleted {
    Done {
        /// Queued messages that may go by no other.
        waiting: u64,
    },
    Unknown,
    /// This route still leads to it.
    Routed(String),
}

impl Gateway {
    /// Makes an uplink, or sets what one is, at once and for good; true where it is new.
    pub async fn put_uplink(
        &self,
        caller: &Caller,
        name: &UplinkName,
        put: UplinkPut,
    ) -> Result<(UplinkView, bool), Refusal> {
        let _alone = self.alone(Thing::Routing).await;
        let before = self.uplink_config(name).await?;
        let config = put.into_config(before.as_ref())?;
        let what = match &before {
            None => format!("made uplink {name}"),
            Some(before) => {
                let fields = changed(before, &config).join(", ");
                format!("changed uplink {name}: {fields}")
            }
        };
        let entry = caller.entry(what);
        self.admin().put_uplink(name, &config, entry).await?;
        self.uplinks_at_work().set(name, Some(config.clone())).await;
        let view = self.uplink_view(name.clone(), config);
        Ok((view, before.is_none()))
    }

    /// Deletes an uplink that no route names.
    pub async fn delete_uplink(
        &self,
        caller: &Caller,
        name: &UplinkName,
    ) -> Result<UplinkDeleted, Refusal> {
        let _alone = self.alone(Thing::Routing).await;
        let routes = self.routes().await?;
        if let Some(route) = routes.into_iter().find(|route| leads_to(route, name)) {
            return Ok(UplinkDeleted::Routed(route.name));
        }
        let entry = caller.entry(format!("deleted uplink {name}"));
        if !self.admin().delete_uplink(name, entry).await? {
            return Ok(UplinkDeleted::Unknown);
        }
        self.uplinks_at_work().set(name, None).await;
        let carrier = Carrier::Uplink(name.clone());
        let waiting = self.0.store.reading().bound_to(&carrier).await?;
        Ok(UplinkDeleted::Done { waiting })
    }

    /// Replaces all routes, at once and for good; gives them as they are now.
    pub async fn set_routes(
        &self,
        caller: &Caller,
        wanted: RoutesJson,
    ) -> Result<Vec<Route>, Refusal> {
        let _alone = self.alone(Thing::Routing).await;
        let uplinks = self.admin().uplinks().await?.into_iter();
        let uplinks: HashSet<_> = uplinks.map(|(name, _)| name.to_string()).collect();
        let routes = route_checks::checked(wanted, &uplinks)?;
        let names: Vec<_> = routes.iter().map(|route| route.name.as_str()).collect();
        let what = match names.as_slice() {
            [] => "removed all routes".to_owned(),
            names => format!("set routes: {}", names.join(", ")),
        };
        self.admin().set_routes(&routes, caller.entry(what)).await?;
        self.reroute().await?;
        Ok(routes)
    }
}

/// Names of the settings that differ; their values may be secret.
fn changed(before: &UplinkConfig, after: &UplinkConfig) -> Vec<String> {
    let [before, after] = [before, after].map(|config| serde_json::to_value(config).ok());
    let (Some(before), Some(serde_json::Value::Object(after))) = (before, after) else {
        return Vec::new();
    };
    after
        .into_iter()
        .filter(|(name, value)| before[name] != *value)
        .map(|(name, _)| name)
        .collect()
}

fn leads_to(route: &Route, name: &UplinkName) -> bool {
    let mut targets = route.targets.iter();
    targets.any(|target| matches!(target, Target::Uplink(named) if named == name.as_str()))
}
