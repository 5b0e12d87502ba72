//! Octets that may be written in more than one way, shown as they came, so that what was decoded
//! can be encoded to the same PDU: fill bits, fillers, and lengths that count a filler.

use tpdu::codec::UDHI;
use tpdu::{Address, Alphabet, Dcs, MoTpdu, MtTpdu, UserData, ValidityPeriod};

use crate::Fields;
use crate::input::Input;
use crate::problem::Problem;
use crate::read::Tpdu;
use crate::shown::Shown as _;

/// Where the parts of a TPDU stand that may be written in more than one way.
struct Places<'a> {
    address_at: usize,
    address: &'a Address,
    /// TP-UD and its coding; it is the last field.
    user_data: Option<(&'a UserData, Dcs)>,
}

fn places(tpdu: &Tpdu) -> Option<Places<'_>> {
    Some(match tpdu {
        Tpdu::Mt(MtTpdu::Deliver(x)) => Places {
            address_at: 1,
            address: &x.oa,
            user_data: Some((&x.ud, x.dcs)),
        },
        Tpdu::Mo(MoTpdu::Submit(x)) => Places {
            address_at: 2,
            address: &x.da,
            user_data: Some((&x.ud, x.dcs)),
        },
        Tpdu::Mt(MtTpdu::StatusReport(x)) => Places {
            address_at: 2,
            address: &x.ra,
            user_data: None,
        },
        _ => return None,
    })
}

/// Shows the octets of `raw` that differ from how we would write them.
pub(crate) fn show(fields: &mut Fields, tpdu: &Tpdu, raw: &[u8]) {
    let Some(Places {
        address_at,
        address,
        user_data,
    }) = places(tpdu)
    else {
        return;
    };
    let Some(rest) = raw.get(address_at..) else {
        return;
    };
    let (Ok((_, taken)), Ok(address)) = (Address::decode_field(rest), address.encode_field())
    else {
        return;
    };
    if rest[..taken] != address {
        fields.put_hex("address_hex", &rest[..taken]);
    }
    if fields.contains_key("udhi") {
        // A header that is broken is none, but the bit stands there all the same.
        let indicated = raw[0] & UDHI != 0;
        fields.put("udhi", indicated);
    }
    let Some((ud, dcs)) = user_data else {
        // TP-RA, TP-SCTS, TP-DT and TP-ST, then TP-PI.
        if let Some(&indicator) = rest.get(taken + 15) {
            fields.put("pi", indicator);
        }
        return;
    };
    let came = user_data_at(tpdu, raw).and_then(|at| came(raw, at, dcs));
    if let (Some((length, came)), Ok((_, written))) = (came, ud.to_octets()) {
        fields.put("udl", length);
        fields.put("ud_octets", came.len());
        if *came != written {
            fields.put_hex("ud_hex", came);
        }
    }
}

/// TP-UDL and TP-UD as they came; `None` where they were cut.
fn came(raw: &[u8], at: usize, dcs: Dcs) -> Option<(usize, &[u8])> {
    let length = usize::from(*raw.get(at.checked_sub(1)?)?);
    Some((length, raw.get(at..at + octets_of(length, dcs))?))
}

fn has_septets(dcs: Dcs) -> bool {
    dcs.alphabet() == Alphabet::Gsm7 && !dcs.is_compressed()
}

/// How many octets TP-UDL stands for.
fn octets_of(length: usize, dcs: Dcs) -> usize {
    if has_septets(dcs) {
        (length * 7).div_ceil(8)
    } else {
        length
    }
}

/// Where the octets of TP-UD begin in a message; `None` in a report.
pub(crate) fn user_data_at(tpdu: &Tpdu, raw: &[u8]) -> Option<usize> {
    let Places { address_at, .. } = places(tpdu)?;
    let (_, taken) = Address::decode_field(raw.get(address_at..)?).ok()?;
    // TP-PID and TP-DCS, then TP-SCTS or TP-VP, then TP-UDL.
    let between = match tpdu {
        Tpdu::Mt(MtTpdu::Deliver(_)) => 7,
        Tpdu::Mo(MoTpdu::Submit(submit)) => match submit.vp {
            None => 0,
            Some(ValidityPeriod::Relative(_)) => 1,
            Some(_) => 7,
        },
        _ => return None,
    };
    Some(address_at + taken + 2 + between + 1)
}

/// Shows the service centre's address where it differs from how we would write it.
pub(crate) fn show_smsc(fields: &mut Fields, smsc: &Address, raw: &[u8]) {
    if smsc.encode_smsc().is_ok_and(|written| written != raw) {
        fields.put_hex("smsc_hex", raw);
    }
}

fn encode(tpdu: &Tpdu) -> Result<Vec<u8>, tpdu::EncodeError> {
    match tpdu {
        Tpdu::Mt(tpdu) => tpdu.encode(),
        Tpdu::Mo(tpdu) => tpdu.encode(),
    }
}

/// Writes the TPDU, with the octets as [`show`] shows them where these mean the same.
pub(crate) fn write(input: Input<'_>, tpdu: &Tpdu) -> Result<Vec<u8>, Problem> {
    let mut octets = encode(tpdu)?;
    let Some(Places {
        address_at,
        address,
        user_data,
    }) = places(tpdu)
    else {
        return Ok(octets);
    };
    match user_data {
        Some((ud, dcs)) => write_user_data(input, &mut octets, ud, dcs)?,
        None if input.octet("pi")? == Some(0)
            && octets.len() == address_at + address.encode_field()?.len() + 15 =>
        {
            octets.push(0);
        }
        None => {}
    }
    if let Some(came) = input.octets("address_hex")?
        && Address::decode_field(&came)
            .is_ok_and(|(read, taken)| read == *address && taken == came.len())
    {
        let written = address.encode_field()?.len();
        octets.splice(address_at..address_at + written, came);
    }
    Ok(octets)
}

/// Puts TP-UDL and TP-UD at the end as they came, where that means the same.
fn write_user_data(
    input: Input<'_>,
    octets: &mut Vec<u8>,
    ud: &UserData,
    dcs: Dcs,
) -> Result<(), Problem> {
    let (Some(came), (written_length, written)) = (input.octets("ud_hex")?, ud.to_octets()?) else {
        return Ok(());
    };
    let length = input.octet("udl")?.map_or(written_length, usize::from);
    let has_header = input.flag("udhi")?.unwrap_or(!ud.header.is_empty());
    let read = UserData::from_octets(&came, length, has_header, has_septets(dcs));
    if read.as_ref() != Ok(ud) || octets_of(length, dcs) != came.len() {
        return Ok(());
    }
    octets.truncate(octets.len() - written.len() - 1);
    octets.push(u8::try_from(length).unwrap_or(u8::MAX));
    octets.extend(came);
    octets[0] = octets[0] & !UDHI | if has_header { UDHI } else { 0 };
    Ok(())
}

/// The service centre's address field, as it came where that means the same.
pub(crate) fn write_smsc(input: Input<'_>, smsc: Option<&Address>) -> Result<Vec<u8>, Problem> {
    let Some(smsc) = smsc else { return Ok(vec![0]) };
    if let Some(came) = input.octets("smsc_hex")?
        && Address::decode_smsc(&came)
            .is_ok_and(|(read, taken)| read.as_ref() == Some(smsc) && taken == came.len())
    {
        return Ok(came);
    }
    Ok(smsc.encode_smsc()?)
}
