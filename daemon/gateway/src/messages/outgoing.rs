//! A waiting message, as the PDUs of its parts.

use tpdu::{
    Address, ConcatRef, DataOptions, Dcs, Encoding, Language, MessageClass, MessageRef, PduHex,
    Pid, Plan, Ports, Submit, TextOptions, UserData, ValidityPeriod,
};

use model::{Body, Coding, Queued, Reason, ReasonCode, Time};

/// The PDU of every part, those that are sent already too.
///
/// What was accepted can be encoded; an error says that it takes too many parts under other
/// settings than those it was accepted under.
pub fn parts(message: &Queued, languages: &[Language], now: Time) -> Result<Vec<PduHex>, Reason> {
    let failed =
        |error: &dyn std::fmt::Display| Reason::new(ReasonCode::Encoding, error.to_string());
    let plan = plan(message, languages).map_err(|error| failed(&error))?;
    let da: Address = message.to.parse().map_err(|error| failed(&error))?;
    let class = message.flash.then_some(MessageClass::Flash);
    let seconds = now.until(message.expires_at).as_secs();
    let template = Submit {
        rd: false,
        rp: false,
        srr: message.status_report,
        mr: MessageRef(0),
        da,
        pid: Pid(0),
        dcs: Dcs::new(plan.alphabet, class),
        vp: Some(ValidityPeriod::relative_at_least(
            u32::try_from(seconds).unwrap_or(u32::MAX),
        )),
        ud: UserData::default(),
    };
    let parts = plan.user_data(reference(message)).into_iter();
    parts
        .map(|ud| {
            Submit {
                ud,
                ..template.clone()
            }
            .encode()
            .map(PduHex::new)
        })
        .collect::<Result<_, _>>()
        .map_err(|error| failed(&error))
}

fn plan(message: &Queued, languages: &[Language]) -> Result<Plan, tpdu::TextError> {
    let text = |text: &str, encoding, languages| {
        tpdu::plan(
            text,
            &TextOptions {
                encoding,
                languages,
                ..TextOptions::default()
            },
        )
    };
    match (&message.body, message.coding) {
        (Body::Data { octets, port }, _) => {
            let ports = port.map(|port| Ports::new(port, port));
            tpdu::plan_data(
                octets,
                &DataOptions {
                    ports,
                    ..DataOptions::default()
                },
            )
        }
        (Body::Text(body), Coding::Gsm7) => {
            let languages = if message.national_tables {
                languages
            } else {
                &[]
            };
            // The tables that it was accepted with may be allowed no longer.
            text(body, Encoding::Gsm7, languages).or_else(|_| text(body, Encoding::Ucs2, &[]))
        }
        (Body::Text(body), Coding::Ucs2 | Coding::Octets) => text(body, Encoding::Ucs2, &[]),
    }
}

/// Rises by one from message to message, so that two that follow each other to one recipient
/// differ, and is the same again when the rest of a message is sent after a restart.
fn reference(message: &Queued) -> ConcatRef {
    let [low, ..] = message.row.0.to_le_bytes();
    ConcatRef::Eight(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::RowId;

    fn message(text: &str, coding: Coding) -> Queued {
        Queued {
            row: RowId(0x1_02),
            to: "+84901234567".to_owned(),
            body: Body::Text(text.to_owned()),
            coding,
            status_report: true,
            expires_at: Time(86_400_000),
            ..Queued::sample(0)
        }
    }

    fn submits(message: &Queued) -> Vec<Submit> {
        let parts = parts(message, &[], Time(0)).unwrap();
        parts
            .iter()
            .map(|part| Submit::decode(&part.tpdu).unwrap())
            .collect()
    }

    #[test]
    fn every_part_of_a_long_message_asks_for_a_report_and_shares_the_reference() {
        let submits = submits(&message(&"a".repeat(400), Coding::Gsm7));
        assert_eq!(submits.len(), 3);
        for (seq, submit) in (1..).zip(&submits) {
            let concat = submit.ud.concat().unwrap();
            assert_eq!(
                (concat.reference, concat.total, concat.seq),
                (ConcatRef::Eight(2), 3, seq)
            );
            assert!(submit.srr);
            assert_eq!(submit.vp.unwrap().seconds(), Some(86_400));
        }
    }

    #[test]
    fn a_flash_message_is_class_0() {
        let flash = Queued {
            flash: true,
            ..message("hello", Coding::Ucs2)
        };
        let [submit] = &submits(&flash)[..] else {
            panic!("one part")
        };
        assert_eq!(submit.dcs.class(), Some(MessageClass::Flash));
        assert_eq!(submit.ud.text(submit.dcs).unwrap(), "hello");
    }

    #[test]
    fn data_goes_to_its_port() {
        let body = Body::Data {
            octets: vec![1, 2, 3],
            port: Some(2948),
        };
        let data = Queued {
            body,
            ..message("", Coding::Octets)
        };
        let [submit] = &submits(&data)[..] else {
            panic!("one part")
        };
        assert_eq!(submit.ud.ports().unwrap().dst, 2948);
    }

    #[test]
    fn a_text_whose_national_tables_are_allowed_no_longer_goes_in_ucs_2() {
        let text = "ğış".repeat(40);
        let message = Queued {
            national_tables: true,
            ..message(&text, Coding::Gsm7)
        };
        let turkish = parts(&message, &[Language::Turkish], Time(0)).unwrap();
        assert_eq!(turkish.len(), 1);
        assert_eq!(submits(&message).len(), 2);
        assert_eq!(submits(&message)[0].dcs.alphabet(), tpdu::Alphabet::Ucs2);
    }

    #[test]
    fn what_has_come_to_take_too_many_parts_is_refused_with_the_reason() {
        let message = Queued {
            national_tables: true,
            ..message(&"ğ".repeat(67 * 255 + 1), Coding::Gsm7)
        };
        assert!(parts(&message, &[Language::Turkish], Time(0)).is_ok());
        assert_eq!(parts(&message, &[], Time(0)).unwrap_err().code, "encoding");
    }
}
