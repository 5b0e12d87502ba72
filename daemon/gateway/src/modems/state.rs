//! How a modem's state is shown.

use modem::ModemState;

/// For people and programs.
pub fn modem_state(state: ModemState) -> &'static str {
    match state {
        ModemState::Probing => "probing",
        ModemState::Identifying => "identifying",
        ModemState::Locked { .. } => "locked",
        ModemState::NoSim => "no_sim",
        ModemState::Starting => "starting",
        ModemState::Registering => "registering",
        ModemState::Ready => "ready",
        ModemState::Down(_) => "down",
    }
}
