//! What the tests of the choice have in common.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::awaiting::Awaiting;
use super::pick::{Candidate, Scene, SimTraits};
use super::router::Router;
use super::success::SuccessRates;
use crate::settings::Strategy;
use model::{Carrier, SimConfig, Time};

static NOTHING: LazyLock<Awaiting> = LazyLock::new(Awaiting::default);
static SUCCESS: LazyLock<SuccessRates> = LazyLock::new(SuccessRates::default);
static CONFIG: LazyLock<SimConfig> = LazyLock::new(SimConfig::default);
static BALANCE: LazyLock<Router> = LazyLock::new(|| no_routes(Strategy::Balance));

/// The SIM of this number.
pub(super) fn sim(n: u8) -> Carrier {
    let iccid: model::Iccid = format!("89840000000000000{n:03}").parse().unwrap();
    iccid.into()
}

pub(super) fn uplink(name: &str) -> Carrier {
    Carrier::Uplink(name.parse().unwrap())
}

pub(super) fn no_routes(strategy: Strategy) -> Router {
    Router::new(Vec::new(), HashMap::new(), strategy)
}

pub(super) fn traits() -> SimTraits<'static> {
    SimTraits {
        awaiting: &NOTHING,
        success: &SUCCESS,
        config: &CONFIG,
    }
}

/// Up and idle, with nothing against it.
pub(super) fn free(carrier: &Carrier) -> Candidate<'_> {
    Candidate {
        carrier,
        groups: &[],
        up: true,
        free: true,
        above: None,
        rest: None,
        load: 0.0,
        last_turn: 0,
        room: u32::MAX,
        counts_parts: true,
        sim: carrier.sim().map(|_| traits()),
        source: "",
    }
}

/// Without routes.
pub(super) fn scene(candidates: Vec<Candidate<'_>>, now: Time) -> Scene<'_> {
    Scene {
        candidates,
        router: &BALANCE,
        settling: false,
        now,
    }
}
