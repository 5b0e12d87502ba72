//! How the state of a modem is told to people and programs.

use crate::names::names;

names! {
    /// What a modem does.
    ModemStateName as ModemState {
        /// It is not plugged in.
        Absent = "absent",
        /// It is asked for a sign of life.
        Probing = "probing",
        /// It is asked what it is.
        Identifying = "identifying",
        /// Its SIM wants a PIN or a PUK, or it is locked to something else.
        Locked = "locked",
        /// There is no SIM in it.
        NoSim = "no_sim",
        /// It is being set up.
        Starting = "starting",
        /// Its SIM looks for a network.
        Registering = "registering",
        /// It sends and receives.
        Ready = "ready",
        /// It does not work, and is being brought back.
        Down = "down",
        /// Nothing has brought it back.
        Fault = "fault",
    }
}
