//! The codes of `+CMS ERROR`, one line each.

use super::ErrorClass::{Message, Modem, Network, Recipient, Sim, Storage, Uncertain, Unknown};
use super::ErrorInfo;
use super::table::{Table, entry};

/// RP-Cause, sent by the network or the service centre.
const RP: &str = "TS 24.011 8.2.5.4 and annex E-2";
/// TP-FCS, sent by the service centre.
const FCS: &str = "TS 23.040 9.2.3.22";
/// Made by the modem itself.
const AT: &str = "TS 27.005 3.2.5";
/// Above 511 and in reserved ranges; the text is that of the most common firmware.
const VENDOR: &str = "TS 27.005 3.2.5, manufacturer specific";

/// `+CMS ERROR`
pub(super) const CMS: Table = Table {
    name: "CMS",
    clause: "TS 27.005 3.2.5",
    codes: CODES,
    aliases: ALIASES,
};

/// By code, ascending. Why a code has its class, where the text does not say it:
///
/// - 8, 10, 28, 29, 50, 69: the subscription that sends is barred, not known or lacks SMS, so
///   another SIM may do. 30 names the number called.
/// - 21: a wrong service centre or no credit far more often than a bad recipient.
/// - 81, 95..=111, 127: the network refuses the message for what it holds; it will again.
/// - 197: the service centre holds a message with this TP-MR and TP-DA already. 332 and 521: the
///   network did not answer in time, but may have taken it.
/// - 350: seen 135 s after the PDU was handed over, so it may have gone out.
/// - 314: the SIM is starting; others can go on.
/// - 512, 513, 515: firmwares differ; all mean that this modem could not do it now.
#[rustfmt::skip]
const CODES: &[ErrorInfo] = &[
    entry(1, "Unassigned number", RP, Recipient),
    entry(8, "Operator determined barring", RP, Sim),
    entry(10, "Call barred", RP, Sim),
    entry(17, "Network failure", RP, Network),
    entry(21, "Short message transfer rejected", RP, Sim),
    entry(22, "Congestion", RP, Network),
    entry(27, "Destination out of service", RP, Network),
    entry(28, "Unidentified subscriber", RP, Sim),
    entry(29, "Facility rejected", RP, Sim),
    entry(30, "Unknown subscriber", RP, Recipient),
    entry(38, "Network out of order", RP, Network),
    entry(41, "Temporary failure", RP, Network),
    entry(42, "Congestion", RP, Network),
    entry(47, "Resources unavailable", RP, Network),
    entry(50, "Requested facility not subscribed", RP, Sim),
    entry(69, "Requested facility not implemented", RP, Sim),
    entry(81, "Invalid short message transfer reference value", RP, Message),
    entry(95, "Invalid message, unspecified", RP, Message),
    entry(96, "Invalid mandatory information", RP, Message),
    entry(97, "Message type non-existent or not implemented", RP, Message),
    entry(98, "Message not compatible with short message protocol state", RP, Message),
    entry(99, "Information element non-existent or not implemented", RP, Message),
    entry(111, "Protocol error, unspecified", RP, Message),
    entry(127, "Interworking error, unspecified", RP, Message),
    entry(128, "Telematic interworking not supported", FCS, Message),
    entry(129, "Short message type 0 not supported", FCS, Message),
    entry(130, "Cannot replace short message", FCS, Message),
    entry(143, "Unspecified TP-PID error", FCS, Message),
    entry(144, "Data code scheme not supported", FCS, Message),
    entry(145, "Message class not supported", FCS, Message),
    entry(159, "Unspecified TP-DCS error", FCS, Message),
    entry(160, "Command cannot be actioned", FCS, Message),
    entry(161, "Command unsupported", FCS, Message),
    entry(175, "Unspecified TP-Command error", FCS, Message),
    entry(176, "TPDU not supported", FCS, Message),
    entry(192, "SC busy", FCS, Network),
    entry(193, "No SC subscription", FCS, Sim),
    entry(194, "SC System failure", FCS, Network),
    entry(195, "Invalid SME address", FCS, Recipient),
    entry(196, "Destination SME barred", FCS, Recipient),
    entry(197, "SM Rejected-Duplicate SM", FCS, Uncertain),
    entry(198, "TP-VPF not supported", FCS, Message),
    entry(199, "TP-VP not supported", FCS, Message),
    entry(208, "(U)SIM SMS Storage full", FCS, Storage),
    entry(209, "No SMS Storage capability in SIM", FCS, Storage),
    entry(210, "Error in MS", FCS, Modem),
    entry(211, "Memory capacity exceeded", FCS, Storage),
    entry(212, "SIM application toolkit busy", FCS, Modem),
    entry(213, "SIM data download error", FCS, Sim),
    entry(255, "Unspecified error cause", FCS, Unknown),
    entry(256, "Operation temporarily not allowed", VENDOR, Modem),
    entry(257, "Call barred", VENDOR, Sim),
    entry(258, "Phone busy", VENDOR, Modem),
    entry(259, "User abort", VENDOR, Modem),
    entry(260, "Invalid dial string", VENDOR, Recipient),
    entry(261, "Ss not executed", VENDOR, Modem),
    entry(262, "SIM blocked", VENDOR, Sim),
    entry(263, "Invalid Block", VENDOR, Modem),
    entry(300, "ME failure", AT, Modem),
    entry(301, "SMS service reserved", AT, Modem),
    entry(302, "Operation not allowed", AT, Modem),
    entry(303, "Operation not supported", AT, Modem),
    entry(304, "Invalid PDU mode parameter", AT, Message),
    entry(305, "Invalid text mode parameter", AT, Message),
    entry(310, "SIM not inserted", AT, Sim),
    entry(311, "SIM PIN required", AT, Sim),
    entry(312, "PH-SIM PIN required", AT, Sim),
    entry(313, "SIM failure", AT, Sim),
    entry(314, "SIM busy", AT, Sim),
    entry(315, "SIM wrong", AT, Sim),
    entry(316, "SIM PUK required", AT, Sim),
    entry(317, "SIM PIN2 required", AT, Sim),
    entry(318, "SIM PUK2 required", AT, Sim),
    entry(320, "Memory failure", AT, Storage),
    entry(321, "Invalid index", AT, Storage),
    entry(322, "Memory full", AT, Storage),
    entry(330, "SMSC address unknown", AT, Sim),
    entry(331, "No network", AT, Network),
    entry(332, "Network timeout", AT, Uncertain),
    entry(340, "No CNMA Acknowledgement expected", AT, Modem),
    entry(350, "No answer from the network in the end", VENDOR, Uncertain),
    entry(500, "Unknown error", AT, Unknown),
    entry(512, "User abort, or collision with an incoming message", VENDOR, Modem),
    entry(513, "Unable to store, or lower layer failure", VENDOR, Modem),
    entry(514, "Invalid status", VENDOR, Modem),
    entry(515, "Busy: please wait, or invalid character in address", VENDOR, Modem),
    entry(516, "Invalid length", VENDOR, Message),
    entry(517, "Invalid character in pdu", VENDOR, Message),
    entry(519, "Invalid length or character", VENDOR, Message),
    entry(520, "Invalid character in text", VENDOR, Message),
    entry(521, "Timer expired", VENDOR, Uncertain),
    entry(522, "Operation temporarily not allowed", VENDOR, Modem),
    entry(532, "SIM not ready", VENDOR, Sim),
    entry(534, "Cell Broadcast error unknown", VENDOR, Unknown),
    entry(535, "PS busy", VENDOR, Network),
    entry(538, "Invalid parameter", VENDOR, Modem),
    entry(549, "Incorrect PDU length", VENDOR, Message),
    entry(550, "Invalid message type indication (MTI)", VENDOR, Message),
    entry(551, "Invalid (non-hex) chars in address", VENDOR, Message),
    entry(553, "Incorrect PDU length (UDL)", VENDOR, Message),
    entry(554, "Incorrect SCA length", VENDOR, Message),
    entry(578, "GPRS - unspecified activation rejection", VENDOR, Unknown),
    entry(588, "GPRS - feature not supported", VENDOR, Unknown),
    entry(594, "GPRS - invalid address length", VENDOR, Unknown),
    entry(595, "GPRS - invalid character in address string", VENDOR, Unknown),
    entry(596, "GPRS - invalid cid value", VENDOR, Unknown),
    entry(607, "GPRS - missing or unknown APN", VENDOR, Unknown),
    entry(615, "Network failure", VENDOR, Network),
    entry(616, "Network is down", VENDOR, Network),
    entry(625, "GPRS - pdp type not supported", VENDOR, Unknown),
    entry(630, "GPRS - profile (cid) not defined", VENDOR, Unknown),
    entry(632, "GPRS - QOS not accepted", VENDOR, Unknown),
    entry(633, "GPRS - QOS validation fail", VENDOR, Unknown),
    entry(639, "Service type not yet available", VENDOR, Modem),
    entry(640, "Operation of service temporarily not allowed", VENDOR, Modem),
    entry(643, "GPRS - unknown PDP address or type", VENDOR, Unknown),
    entry(644, "GPRS - unknown PDP context", VENDOR, Unknown),
    entry(646, "GPRS - QOS invalid parameter", VENDOR, Unknown),
    entry(764, "Missing input value", VENDOR, Modem),
    entry(765, "Invalid input value", VENDOR, Modem),
    entry(767, "Operation failed", VENDOR, Modem),
    entry(769, "Unable to get control of required module", VENDOR, Modem),
    entry(770, "SIM invalid - network reject", VENDOR, Sim),
    entry(771, "Call setup in progress", VENDOR, Modem),
    entry(772, "SIM powered down", VENDOR, Sim),
];

/// Texts that firmwares write after `AT+CMEE=2` and that are not those above.
const ALIASES: &[(&str, u16)] = &[
    ("Unassigned (unallocated) number", 1),
    ("SMS service of ME reserved", 301),
    ("SM service of ME reserved", 301),
    ("Invalid PDU mode parameter value", 304),
    ("Invalid text mode parameter value", 305),
    ("Invalid memory index", 321),
    ("No network service", 331),
    ("No +CNMA acknowledgement expected", 340),
    ("Unknown", 500),
];
