//! Whether a part came before.

use model::{Imei, InboundPart};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::accounts::binds;
use crate::tables::seen::{self, Known};

/// Whether it came before.
pub(super) fn remember(tx: &Tx<'_>, part: &InboundPart) -> Result<Known, StoreError> {
    let at = part.received_at;
    if let Some(untimed) = &part.untimed {
        // What had no answer may come again by any uplink of the account.
        let binds = binds(tx, &part.carrier)?;
        let fingerprints: Vec<_> = binds
            .iter()
            .map(|bind| fingerprint(part, &bind.to_string()))
            .collect();
        return seen::remember_untimed(tx, &fingerprints, untimed, at);
    }
    // By its SIM, which may have moved to another modem; and by its modem, in whose own memory it
    // may lie while the SIM is exchanged.
    let mut known = Known::New;
    let carrier = part.carrier.to_string();
    let modem = part.modem.as_ref().map(Imei::as_str);
    for holder in [Some(carrier.as_str()), modem].into_iter().flatten() {
        if !seen::remember(tx, &fingerprint(part, holder), at)? {
            known = Known::Again;
        }
    }
    Ok(known)
}

/// Whether more messages wait at the SMSC (TP-MMS, TS 23.040 §9.2.3.2), in the first octet: it may
/// change between two deliveries of one message.
const MMS: u8 = 0b100;

pub(super) fn same_octets(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([first, rest @ ..], [second, others @ ..]) => {
            first & !MMS == second & !MMS && rest == others
        }
        _ => one == other,
    }
}

/// What makes a redelivery known.
fn fingerprint(part: &InboundPart, holder: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(holder);
    hash.update([0]);
    hash.update(&part.originator);
    hash.update([0]);
    hash.update(part.smsc_time.unwrap_or_default().0.to_be_bytes());
    if let [first, rest @ ..] = part.tpdu.as_slice() {
        hash.update([first & !MMS]);
        hash.update(rest);
    }
    if let Some(untimed) = &part.untimed {
        hash.update(&untimed.marks);
        hash.update([untimed.esm_class]);
        hash.update(part.own.as_deref().unwrap_or_default());
    }
    hash.finalize().into()
}
