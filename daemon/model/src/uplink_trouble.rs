//! Why an uplink is not bound, in a form that programs can compare.

use crate::names::names;

names! {
    /// Why an uplink is not bound.
    UplinkTrouble as UplinkTrouble {
        /// The SMSC's host could not be reached.
        Connect = "connect",
        /// The TLS handshake failed.
        Tls = "tls",
        /// What is set for the uplink cannot be used.
        Settings = "settings",
        /// The SMSC did not answer in time.
        Timeout = "timeout",
        /// The SMSC refused the bind.
        Refused = "refused",
        /// The SMSC ended the session, or the connection broke.
        Closed = "closed",
        /// The SMSC answered no more.
        Silent = "silent",
    }
}
