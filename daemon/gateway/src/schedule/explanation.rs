//! Where a message would go, as people ask before they send it.

use super::why::{Obstacle, Waiting};
use model::{Carrier, FallBack};

/// Where a message would go.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The route that leads it; none = no route's match fits.
    pub route: Option<String>,
    pub targets: Vec<TargetView>,
    pub fall_back: FallBack,
    /// What would carry it at this moment.
    pub next: Option<Carrier>,
    /// What it would wait for, where nothing would.
    pub waiting: Option<Obstacle>,
}

/// One target of a route.
#[derive(Clone, Debug)]
pub struct TargetView {
    /// `sims`, `sims:group:<name>`, `sim:<iccid>`, `uplink:<name>` or `uplinks`.
    pub what: String,
    /// It is the first, or the message has fallen back as far as this.
    pub reached: bool,
    pub carriers: Vec<CarrierView>,
}

/// One SIM or uplink of a target.
#[derive(Clone, Debug)]
pub struct CarrierView {
    pub carrier: Carrier,
    /// It may carry the message now.
    pub eligible: bool,
    /// Else what the message would wait for there.
    pub waiting: Waiting,
}
