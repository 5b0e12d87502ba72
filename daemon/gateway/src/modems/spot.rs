//! Where a port is.

use crate::ports::UsbPath;

/// By the name that it is opened by, and on the USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) port: String,
    pub(super) usb: Option<UsbPath>,
}
