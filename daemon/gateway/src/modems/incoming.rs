//! What comes in from a SIM, on its way into the store. Only when it is on disk may the modem
//! acknowledge or delete it.

use model::{Iccid, Imei, InboundPart, Time};
use modem::{ReceiptToken, Received};
use sha2::{Digest, Sha256};
use tpdu::{Deliver, MtTpdu, StatusClass, StatusReport, TypeOfNumber};

use super::links::ModemLinks;
use crate::carriers::{Arrivals, Match, Notice, is_stored};
use crate::messages::number::{self, Country};
use crate::messages::reassemble::concat_key;
use store::{self, ByNumber, NewReport, ReportClass, ReportKey, StoreError, clock};

/// Stores it; true = it is durable.
pub(super) async fn commit(
    links: ModemLinks,
    (modem, iccid): (Option<Imei>, Iccid),
    received: Received,
) -> (ReceiptToken, bool) {
    let token = received.token;
    let stored = match &received.content {
        Ok(MtTpdu::Deliver(deliver)) => {
            let part = part(links.country.get(), &iccid, &received.pdu.tpdu, deliver);
            links
                .arrivals()
                .message(InboundPart { modem, ..part })
                .await
        }
        Ok(MtTpdu::StatusReport(report)) => {
            let new = new_report(&iccid, &received.pdu.tpdu, report);
            links.report((iccid.clone(), report.mr.0), new).await
        }
        Ok(MtTpdu::SubmitReport(_)) => {
            tracing::warn!(%iccid, "a modem passed on an SMS-SUBMIT-REPORT; it is dropped");
            Ok(())
        }
        Err(error) => {
            tracing::warn!(%iccid, %error, "an incoming TPDU cannot be read; kept as octets");
            let part = unreadable(&iccid, &received);
            links
                .arrivals()
                .message(InboundPart { modem, ..part })
                .await
        }
    };
    (token, is_stored(&iccid.into(), &stored))
}

impl ModemLinks {
    fn arrivals(&self) -> Arrivals<'_> {
        Arrivals {
            store: &self.store,
            bus: &self.bus,
            scheduler: &self.scheduler,
        }
    }

    async fn report(&self, (iccid, mr): (Iccid, u8), report: NewReport) -> Result<(), StoreError> {
        let last = report.class != ReportClass::StillTrying;
        let recipient = report.recipient.clone();
        match self.arrivals().report(report).await? {
            Match::Found if last => {
                let reported = Notice::Reported {
                    iccid,
                    mr,
                    recipient,
                };
                self.scheduler.tell(reported).await;
            }
            Match::Found => {}
            // TP-MR is one octet (TS 23.040 §9.2.3.6) and wraps, so a match also needs the SIM and TP-RA.
            Match::None => tracing::info!(%iccid, mr, "status report matched no message"),
            Match::Again => tracing::debug!(%iccid, mr, "a status report came again"),
        }
        Ok(())
    }
}

fn part(country: Option<Country>, iccid: &Iccid, tpdu: &[u8], deliver: &Deliver) -> InboundPart {
    let carrier = iccid.clone().into();
    let mut originator = deliver.oa.to_string();
    if deliver.oa.ton != TypeOfNumber::Alphanumeric {
        originator = number::received(&originator, country);
    }
    InboundPart {
        smsc_time: deliver.scts.unix_seconds().map(Time::from_unix_seconds),
        concat: deliver.ud.concat().and_then(concat_key),
        ..InboundPart::new(carrier, originator, tpdu.to_vec(), clock::now())
    }
}

/// Nothing received is lost, readable or not.
fn unreadable(iccid: &Iccid, received: &Received) -> InboundPart {
    let octets = match &received.pdu.tpdu {
        tpdu if tpdu.is_empty() => received.raw.clone().into_bytes(),
        tpdu => tpdu.clone(),
    };
    let carrier = iccid.clone().into();
    InboundPart::new(carrier, "unknown".to_owned(), octets, clock::now())
}

fn new_report(iccid: &Iccid, tpdu: &[u8], report: &StatusReport) -> NewReport {
    let mut fingerprint = Sha256::new();
    fingerprint.update(iccid.as_str());
    fingerprint.update(tpdu);
    let key = ByNumber {
        iccid: iccid.clone(),
        mr: report.mr.0,
        smsc_time: report.scts.unix_seconds().map(Time::from_unix_seconds),
        tp_status: report.st.0,
        fingerprint: fingerprint.finalize().into(),
    };
    NewReport {
        key: ReportKey::Number(key),
        recipient: report.ra.to_string(),
        discharged_at: report.dt.unix_seconds().map(Time::from_unix_seconds),
        class: match report.st.class() {
            StatusClass::Delivered => ReportClass::Delivered,
            StatusClass::StillTrying => ReportClass::StillTrying,
            StatusClass::Permanent => ReportClass::Permanent,
            StatusClass::TemporaryGaveUp => ReportClass::GaveUp,
        },
        text: report.st.text().to_owned(),
        received_at: clock::now(),
    }
}

#[cfg(test)]
mod tests {
    use tpdu::{Address, NumberingPlan};

    use super::*;

    /// "hi" of 1414.
    const TPDU: [u8; 17] = [
        0x04, 0x04, 0x81, 0x41, 0x41, 0, 0, 0x62, 0x11, 0x03, 0x20, 0, 0, 0, 2, 0xe8, 0x34,
    ];

    #[test]
    fn a_number_is_in_the_form_of_all_others_and_a_name_is_as_it_came() {
        let number = |ton, digits| Address::number(ton, NumberingPlan::Isdn, digits).unwrap();
        let (unknown, national) = (TypeOfNumber::Unknown, TypeOfNumber::National);
        let iccid = "8984011234567890123".parse().unwrap();
        let mut deliver = Deliver::decode(&TPDU).unwrap();
        for (from, kept) in [
            (number(unknown, "1414"), "1414"),
            (number(unknown, "0902000001"), "+84902000001"),
            (number(unknown, "84902000001"), "+84902000001"),
            (number(national, "902000001"), "+84902000001"),
            (
                number(TypeOfNumber::International, "84902000001"),
                "+84902000001",
            ),
            (Address::name("0902000001").unwrap(), "0902000001"),
            (Address::name("Viettel").unwrap(), "Viettel"),
        ] {
            deliver.oa = from;
            let country = Some("VN".parse().unwrap());
            let part = part(country, &iccid, &TPDU, &deliver);
            assert_eq!(part.originator, kept);
        }
    }
}
