//! What a message is said to wait for.

use std::collections::HashMap;

use model::{FallBack, Queued, Route, RouteMatch, Target};

use super::*;
use crate::schedule::For;
use crate::settings::Strategy;

/// A message whose first part has gone out by this carrier.
fn begun_by(carrier: Carrier) -> Queued {
    Queued {
        next_part: 2,
        segments: 3,
        pinned: Some(carrier),
        ..Queued::sample(1)
    }
}

#[tokio::test]
async fn a_message_with_parts_out_waits_for_their_sim_wherever_its_route_ends() {
    let bank = Bank::new();
    let uplink = Target::Uplink("primary".to_owned());
    let route = Route {
        name: "all".to_owned(),
        matches: RouteMatch::default(),
        targets: vec![uplink],
        fall_back: FallBack::default(),
    };
    let router = Router::new(vec![route], HashMap::new(), Strategy::Balance);
    bank.scheduler
        .signal(Signal::Routes(Box::new(router)))
        .await;
    let iccid: Iccid = "8984011234567890001".parse().unwrap();
    let uplink = Carrier::Uplink("other".parse().unwrap());
    let by_sim = begun_by(iccid.clone().into());
    let by_uplink = begun_by(uplink.clone());

    let told = bank.scheduler.explain(vec![by_sim, by_uplink]).await;
    let waits: Vec<(For, Option<Carrier>)> = told
        .into_iter()
        .map(|one| (one.waiting.what, one.carrier))
        .collect();
    let expected = [(For::Sim, iccid.into()), (For::Uplink, uplink)];
    assert_eq!(waits, expected.map(|(what, carrier)| (what, Some(carrier))));
}
