//! Parts of an incoming message, joined.

use tpdu::{Alphabet, Concat, ConcatRef, Deliver, MessageClass, UserBody};

use model::{Body, Coding, ConcatKey, Content, RawPart};

/// What the parts of one message have in common, and which one this is. A message of one part
/// is whole by itself.
pub fn concat_key(concat: Concat) -> Option<ConcatKey> {
    (concat.total > 1).then_some(ConcatKey {
        reference: concat.reference.number(),
        wide: matches!(concat.reference, ConcatRef::Sixteen(_)),
        total: concat.total,
        seq: concat.seq,
    })
}

/// Reads the parts, in the order given, as one message. What cannot be read is given as the
/// octets that came.
pub fn join(parts: &[RawPart]) -> Content {
    let up: Option<Vec<UplinkPart>> = parts
        .iter()
        .map(|part| UplinkPart::decode(&part.tpdu))
        .collect();
    if let Some([first, rest @ ..]) = up.as_deref() {
        return join_uplink(first, rest);
    }
    let read: Result<Vec<Deliver>, _> = parts
        .iter()
        .map(|part| Deliver::decode(&part.tpdu))
        .collect();
    let delivers = match read {
        Ok(delivers) if !delivers.is_empty() => delivers,
        _ => return undecoded(parts),
    };
    let first = &delivers[0];
    let flash = first.dcs.class() == Some(MessageClass::Flash);
    let (body, coding) = match first.dcs.alphabet() {
        Alphabet::Ucs2
            if delivers
                .iter()
                .all(|part| part.dcs.alphabet() == Alphabet::Ucs2) =>
        {
            // Joined before they are decoded: some senders cut between two surrogates.
            let octets: Vec<u8> = delivers.iter().flat_map(octets).copied().collect();
            (Body::Text(tpdu::codec::decode_ucs2(&octets)), Coding::Ucs2)
        }
        alphabet => match delivers.iter().map(|part| part.ud.text(part.dcs)).collect() {
            Ok(text) if alphabet == Alphabet::Ucs2 => (Body::Text(text), Coding::Ucs2),
            Ok(text) => (Body::Text(text), Coding::Gsm7),
            Err(_) => {
                let octets = delivers.iter().flat_map(octets).copied().collect();
                let port = first.ud.ports().map(|ports| ports.dst);
                (Body::Data { octets, port }, Coding::Octets)
            }
        },
    };
    Content {
        body,
        coding,
        flash,
    }
}

fn octets(part: &Deliver) -> &[u8] {
    match &part.ud.body {
        UserBody::Septets(octets) | UserBody::Octets(octets) => octets,
    }
}

/// A part that came by an uplink, as it is kept while it waits for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UplinkPart {
    /// A text, as UTF-8 (`Gsm7`) or as its octets (`Ucs2`), or data.
    pub coding: Coding,
    pub flash: bool,
    pub port: Option<u16>,
    pub octets: Vec<u8>,
}

/// No SMS-DELIVER begins so: its TP-MTI would be reserved (TS 23.040 §9.2.3.1).
const UPLINK: u8 = 0xFF;

impl UplinkPart {
    pub fn encode(&self) -> Vec<u8> {
        let coding = match self.coding {
            Coding::Gsm7 => 0,
            Coding::Octets => 1,
            Coding::Ucs2 => 2,
        };
        let [high, low] = self.port.unwrap_or(0).to_be_bytes();
        let mut octets = vec![UPLINK, coding, u8::from(self.flash), high, low];
        octets.extend_from_slice(&self.octets);
        octets
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let [UPLINK, coding, flash, high, low, octets @ ..] = octets else {
            return None;
        };
        Some(Self {
            coding: match coding {
                0 => Coding::Gsm7,
                1 => Coding::Octets,
                _ => Coding::Ucs2,
            },
            flash: *flash != 0,
            port: Some(u16::from_be_bytes([*high, *low])).filter(|port| *port != 0),
            octets: octets.to_vec(),
        })
    }
}

fn join_uplink(first: &UplinkPart, rest: &[UplinkPart]) -> Content {
    let all = || std::iter::once(first).chain(rest);
    let octets = || all().flat_map(|part| part.octets.iter().copied()).collect();
    let text = |part: &UplinkPart| match part.coding {
        Coding::Ucs2 => tpdu::codec::decode_ucs2(&part.octets),
        _ => String::from_utf8_lossy(&part.octets).into_owned(),
    };
    let (body, coding) = if all().any(|part| part.coding == Coding::Octets) {
        let port = first.port;
        let octets = octets();
        (Body::Data { octets, port }, Coding::Octets)
    } else if all().all(|part| part.coding == Coding::Ucs2) {
        // Joined before they are decoded: some senders cut between two surrogates.
        let octets: Vec<u8> = octets();
        (Body::Text(tpdu::codec::decode_ucs2(&octets)), Coding::Ucs2)
    } else {
        let coding = all().find(|part| part.coding == Coding::Ucs2);
        let coding = coding.map_or(Coding::Gsm7, |part| part.coding);
        (Body::Text(all().map(text).collect()), coding)
    };
    Content {
        body,
        coding,
        flash: first.flash,
    }
}

fn undecoded(parts: &[RawPart]) -> Content {
    let octets = parts
        .iter()
        .flat_map(|part| part.tpdu.iter().copied())
        .collect();
    Content {
        body: Body::Data { octets, port: None },
        coding: Coding::Octets,
        flash: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tpdu::{Address, Dcs, Pid, Ports, Timestamp, UserData};

    fn part(dcs: Dcs, ud: UserData) -> RawPart {
        let deliver = Deliver {
            mms: false,
            lp: false,
            rp: false,
            sri: false,
            oa: "+84901234567".parse::<Address>().unwrap(),
            pid: Pid(0),
            dcs,
            scts: Timestamp::from_unix(1_795_000_000, 28).unwrap(),
            ud,
        };
        RawPart {
            tpdu: deliver.encode().unwrap(),
        }
    }

    fn data(octets: &[u8], port: Option<u16>) -> Body {
        let octets = octets.to_vec();
        Body::Data { octets, port }
    }

    #[test]
    fn parts_of_an_uplink_are_joined_before_they_are_decoded() {
        let part = |coding, octets: &[u8]| {
            let part = UplinkPart {
                coding,
                flash: false,
                port: Some(2948),
                octets: octets.to_vec(),
            };
            RawPart {
                tpdu: part.encode(),
            }
        };
        // U+1F600, cut between its surrogates.
        let cut = [&[0xD8, 0x3D], &[0xDE, 0]].map(|octets| part(Coding::Ucs2, octets));
        assert_eq!(join(&cut).body, Body::Text("\u{1F600}".to_owned()));
        let mixed = [part(Coding::Gsm7, b"a"), part(Coding::Ucs2, &[0x01, 0x11])];
        let joined = join(&mixed);
        assert_eq!(
            (joined.body, joined.coding),
            (Body::Text("ađ".to_owned()), Coding::Ucs2)
        );
        let octets = [part(Coding::Octets, &[1, 2]), part(Coding::Octets, &[3])];
        assert_eq!(join(&octets).body, data(&[1, 2, 3], Some(2948)));
    }

    #[test]
    fn a_surrogate_pair_cut_in_two_is_whole_again() {
        let octets = tpdu::codec::encode_ucs2("a😀b");
        let (left, right) = octets.split_at(4);
        let half = |octets: &[u8]| UserData {
            header: Vec::new(),
            body: UserBody::Octets(octets.to_vec()),
        };
        let joined = join(&[part(Dcs::UCS2, half(left)), part(Dcs::UCS2, half(right))]);
        assert_eq!(joined.body, Body::Text("a😀b".to_owned()));
        assert_eq!(joined.coding, Coding::Ucs2);
    }

    #[test]
    fn gsm7_parts_are_joined_as_text() {
        let plan = tpdu::plan(&"€".repeat(100), &tpdu::TextOptions::default()).unwrap();
        let parts = plan.user_data(ConcatRef::Eight(1)).into_iter();
        let parts: Vec<_> = parts.map(|ud| part(Dcs::GSM7, ud)).collect();
        assert!(parts.len() > 1);
        assert_eq!(join(&parts).body, Body::Text("€".repeat(100)));
    }

    #[test]
    fn data_keeps_its_port() {
        let ud = UserData {
            header: vec![Ports::new(2948, 9200).element()],
            body: UserBody::Octets(vec![1, 6]),
        };
        let joined = join(&[part(Dcs::OCTETS, ud)]);
        assert_eq!(joined.body, data(&[1, 6], Some(2948)));
    }

    #[test]
    fn what_cannot_be_read_is_given_as_it_came() {
        let joined = join(&[RawPart { tpdu: vec![4, 1] }]);
        assert_eq!(joined.body, data(&[4, 1], None));
    }
}
