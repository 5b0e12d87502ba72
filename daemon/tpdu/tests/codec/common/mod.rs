//! What the tests share: octets from digits, and generators of every type for the property tests.
#![expect(clippy::unwrap_used, reason = "generators make what fits")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt::Debug;
use tpdu::codec::octets_from_hex;
use tpdu::{
    Address, Alphabet, Command, CommandType, Dcs, Deliver, DeliverReport, FailureCause,
    InformationElement, MessageRef, NumberingPlan, Pid, Status, StatusReport, Submit, SubmitReport,
    Timestamp, TypeOfNumber, UserBody, UserData, ValidityPeriod,
};

/// Octets from digits with spaces between them.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    octets_from_hex(&digits.replace(' ', "")).unwrap()
}

/// What an error says.
pub(crate) fn told<T: Debug, E: ToString + Debug>(result: Result<T, E>) -> String {
    result.unwrap_err().to_string()
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    let number = ("[0-9*#abc]{0,20}", 0u8..7, 0u8..16).prop_map(|(digits, ton, npi)| {
        // Type 5 is a name; skip over it.
        let ton = TypeOfNumber::from_bits(if ton >= 5 { ton + 1 } else { ton });
        Address::number(ton, NumberingPlan::from_bits(npi), &digits).unwrap()
    });
    let name = "[A-Za-z0-9 @£äöüΩ_.-]{1,11}"
        .prop_filter("an eighth @ reads as fill", |name| {
            name.chars().count() != 8 || !name.ends_with('@')
        })
        .prop_map(|name| Address::name(&name).unwrap());
    prop_oneof![number, name]
}

pub(crate) fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<[u8; 7]>().prop_map(Timestamp::from_octets),
        (86_400i64..3_150_000_000, -48i8..=56)
            .prop_map(|(seconds, quarters)| Timestamp::from_unix(seconds, quarters).unwrap()),
    ]
}

pub(crate) fn validity() -> impl Strategy<Value = Option<ValidityPeriod>> {
    option::of(prop_oneof![
        any::<u8>().prop_map(ValidityPeriod::Relative),
        timestamp().prop_map(ValidityPeriod::Absolute),
        any::<[u8; 7]>().prop_map(ValidityPeriod::Enhanced),
    ])
}

fn elements() -> impl Strategy<Value = Vec<InformationElement>> {
    let element = (any::<u8>(), vec(any::<u8>(), 0..6))
        .prop_map(|(iei, data)| InformationElement { iei, data });
    vec(element, 0..4)
}

/// TP-DCS and user data that fit together, at most 110 octets.
pub(crate) fn coded_user_data() -> impl Strategy<Value = (Dcs, UserData)> {
    let dcs = any::<u8>()
        .prop_map(Dcs)
        .prop_filter("not compressed", |dcs| !dcs.is_compressed());
    (dcs, elements(), vec(any::<u8>(), 0..80)).prop_map(|(dcs, header, octets)| {
        let body = if dcs.alphabet() == Alphabet::Gsm7 {
            UserBody::Septets(octets.into_iter().map(|octet| octet & 0x7F).collect())
        } else {
            UserBody::Octets(octets)
        };
        (dcs, UserData { header, body })
    })
}

prop_compose! {
    pub(crate) fn submit()(
        (rd, rp, srr) in any::<(bool, bool, bool)>(), mr: u8, da in address(), pid: u8,
        (dcs, ud) in coded_user_data(), vp in validity(),
    ) -> Submit {
        Submit { rd, rp, srr, mr: MessageRef(mr), da, pid: Pid(pid), dcs, vp, ud }
    }
}

prop_compose! {
    pub(crate) fn deliver()(
        (mms, lp, rp, sri) in any::<(bool, bool, bool, bool)>(), oa in address(), pid: u8,
        (dcs, ud) in coded_user_data(), scts in timestamp(),
    ) -> Deliver {
        Deliver { mms, lp, rp, sri, oa, pid: Pid(pid), dcs, scts, ud }
    }
}

/// TP-PID, TP-DCS and TP-UD of a report: each there or not.
fn optional() -> impl Strategy<Value = (Option<Pid>, Option<Dcs>, Option<UserData>)> {
    let none = option::of(any::<u8>().prop_map(Pid)).prop_map(|pid| (pid, None, None));
    let some = (option::of(any::<u8>().prop_map(Pid)), coded_user_data())
        .prop_map(|(pid, (dcs, ud))| (pid, Some(dcs), Some(ud)));
    prop_oneof![none, some]
}

prop_compose! {
    pub(crate) fn status_report()(
        (mms, lp, srq) in any::<(bool, bool, bool)>(), mr: u8, ra in address(), scts in timestamp(),
        dt in timestamp(), st: u8, (pid, dcs, ud) in optional(),
    ) -> StatusReport {
        StatusReport { mms, lp, srq, mr: MessageRef(mr), ra, scts, dt, st: Status(st), pid, dcs, ud }
    }
}

fn cause() -> impl Strategy<Value = Option<FailureCause>> {
    option::of((0x80u8..=0xFF).prop_map(FailureCause))
}

prop_compose! {
    pub(crate) fn deliver_report()(fcs in cause(), (pid, dcs, ud) in optional()) -> DeliverReport {
        DeliverReport { fcs, pid, dcs, ud }
    }
}

prop_compose! {
    pub(crate) fn submit_report()(fcs in cause(), scts in timestamp(), (pid, dcs, ud) in optional()) -> SubmitReport {
        SubmitReport { fcs, scts, pid, dcs, ud }
    }
}

prop_compose! {
    pub(crate) fn command()(
        srr: bool, (mr, pid, ct, mn) in any::<(u8, u8, u8, u8)>(), da in address(), header in elements(),
        cd in vec(any::<u8>(), 0..120),
    ) -> Command {
        let (mr, mn) = (MessageRef(mr), MessageRef(mn));
        Command { srr, mr, pid: Pid(pid), ct: CommandType(ct), mn, da, header, cd }
    }
}
