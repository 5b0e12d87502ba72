use model::ModemStateName;
use modem::ModemState;

/// For people and programs.
pub fn modem_state(state: ModemState) -> ModemStateName {
    match state {
        ModemState::Probing => ModemStateName::Probing,
        ModemState::Identifying => ModemStateName::Identifying,
        ModemState::Locked { .. } => ModemStateName::Locked,
        ModemState::NoSim => ModemStateName::NoSim,
        ModemState::Starting => ModemStateName::Starting,
        ModemState::Registering => ModemStateName::Registering,
        ModemState::Ready => ModemStateName::Ready,
        ModemState::Down(_) => ModemStateName::Down,
    }
}
