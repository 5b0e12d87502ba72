//! The fields of TPDUs, shown and read.

use serde_json::{Value, json};
use tpdu::{
    Address, Command, CommandType, Deliver, DeliverReport, FailureCause, MessageRef, MoTpdu,
    MtTpdu, Pid, PidKind, Status, StatusClass, StatusReport, Submit, SubmitReport, Timestamp,
    UserData,
};

use crate::direction::Direction;
use crate::hints::Hints;
use crate::input::Input;
use crate::problem::Problem;
use crate::read::Tpdu;
use crate::{Fields, address, timestamp, user_data, validity};

/// Shows a TPDU; gives a problem that is worth an `error` beside the fields.
pub(crate) fn show(fields: &mut Fields, tpdu: &Tpdu, hints: &Hints) -> Option<Problem> {
    match tpdu {
        Tpdu::Mt(MtTpdu::Deliver(deliver)) => show_deliver(fields, deliver, hints),
        Tpdu::Mt(MtTpdu::StatusReport(report)) => show_status_report(fields, report, hints),
        Tpdu::Mt(MtTpdu::SubmitReport(report)) => {
            put(fields, "direction", json!(Direction::SubmitReport.name()));
            timestamp::show(fields, "timestamp", report.scts);
            show_cause(fields, report.fcs);
            show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
        }
        Tpdu::Mo(MoTpdu::Submit(submit)) => show_submit(fields, submit, hints),
        Tpdu::Mo(MoTpdu::DeliverReport(report)) => {
            put(fields, "direction", json!(Direction::DeliverReport.name()));
            show_cause(fields, report.fcs);
            show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
        }
        Tpdu::Mo(MoTpdu::Command(command)) => {
            show_command(fields, command);
            None
        }
    }
}

fn put(fields: &mut Fields, key: &str, value: Value) {
    fields.insert(key.to_owned(), value);
}

fn show_deliver(fields: &mut Fields, deliver: &Deliver, hints: &Hints) -> Option<Problem> {
    put(fields, "direction", json!(Direction::Deliver.name()));
    put(fields, "mms", json!(deliver.mms));
    put(fields, "lp", json!(deliver.lp));
    put(fields, "rp", json!(deliver.rp));
    put(fields, "sri", json!(deliver.sri));
    address::show(fields, "address", &deliver.oa);
    timestamp::show(fields, "timestamp", deliver.scts);
    show_pid(fields, deliver.pid);
    user_data::show_dcs(fields, deliver.dcs);
    put(fields, "udhi", json!(!deliver.ud.header.is_empty()));
    show_cphs(fields, &deliver.oa);
    user_data::show(fields, &deliver.ud, deliver.dcs, hints)
}

/// Common PCN Handset Specification 4.2, B.4.2: the sender's name is a message waiting flag.
fn show_cphs(fields: &mut Fields, sender: &Address) {
    let flag = sender.as_str().chars().next().filter(|_| {
        sender.is_alphanumeric()
            && sender.npi == tpdu::NumberingPlan::Unknown
            && sender.as_str().chars().count() == 2
    });
    let waiting = match flag {
        Some('_') => "set",
        Some('Δ') => "clear",
        _ => return,
    };
    put(fields, "mwi", json!(waiting));
}

fn show_submit(fields: &mut Fields, submit: &Submit, hints: &Hints) -> Option<Problem> {
    put(fields, "direction", json!(Direction::Submit.name()));
    put(fields, "rd", json!(submit.rd));
    put(fields, "rp", json!(submit.rp));
    put(fields, "srr", json!(submit.srr));
    put(fields, "mr", json!(submit.mr.0));
    address::show(fields, "address", &submit.da);
    show_pid(fields, submit.pid);
    user_data::show_dcs(fields, submit.dcs);
    validity::show(fields, submit.vp);
    put(fields, "udhi", json!(!submit.ud.header.is_empty()));
    user_data::show(fields, &submit.ud, submit.dcs, hints)
}

fn show_status_report(
    fields: &mut Fields,
    report: &StatusReport,
    hints: &Hints,
) -> Option<Problem> {
    put(fields, "direction", json!(Direction::StatusReport.name()));
    put(fields, "mms", json!(report.mms));
    put(fields, "lp", json!(report.lp));
    put(fields, "srq", json!(report.srq));
    put(fields, "mr", json!(report.mr.0));
    address::show(fields, "address", &report.ra);
    timestamp::show(fields, "timestamp", report.scts);
    timestamp::show(fields, "discharge_time", report.dt);
    put(fields, "status", json!(report.st.0));
    put(fields, "status_text", json!(report.st.text()));
    let class = report.st.class();
    put(fields, "delivered", json!(class == StatusClass::Delivered));
    let class = match class {
        StatusClass::Delivered => "delivered",
        StatusClass::StillTrying => "still-trying",
        StatusClass::Permanent => "permanent",
        StatusClass::TemporaryGaveUp => "temporary-gave-up",
    };
    put(fields, "status_class", json!(class));
    show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
}

fn show_command(fields: &mut Fields, command: &Command) {
    put(fields, "direction", json!(Direction::Command.name()));
    put(fields, "srr", json!(command.srr));
    put(fields, "mr", json!(command.mr.0));
    show_pid(fields, command.pid);
    put(fields, "command_type", json!(command.ct.0));
    put(fields, "message_number", json!(command.mn.0));
    address::show(fields, "address", &command.da);
    put(fields, "udhi", json!(!command.header.is_empty()));
    user_data::show_header(fields, &command.header);
    put(fields, "data_hex", json!(hex::encode_upper(&command.cd)));
}

fn show_cause(fields: &mut Fields, cause: Option<FailureCause>) {
    if let Some(cause) = cause {
        put(fields, "failure_cause", json!(cause.0));
        put(fields, "failure_text", json!(cause.text()));
    }
}

fn show_optional(
    fields: &mut Fields,
    pid: Option<Pid>,
    dcs: Option<tpdu::Dcs>,
    ud: Option<&UserData>,
    hints: &Hints,
) -> Option<Problem> {
    if let Some(pid) = pid {
        show_pid(fields, pid);
    }
    if let Some(dcs) = dcs {
        user_data::show_dcs(fields, dcs);
    }
    let ud = ud?;
    put(fields, "udhi", json!(!ud.header.is_empty()));
    user_data::show(fields, ud, dcs.unwrap_or_default(), hints)
}

fn show_pid(fields: &mut Fields, pid: Pid) {
    put(fields, "pid", json!(pid.0));
    put(
        fields,
        "replace",
        json!(matches!(pid.kind(), PidKind::Replace(_))),
    );
}

/// The TPDUs that these fields make: one, or as many as a long text needs.
pub(crate) fn read(input: Input<'_>, direction: Direction) -> Result<Vec<Tpdu>, Problem> {
    match direction {
        Direction::Submit | Direction::Auto => each(input, |dcs, ud| {
            read_submit(input, dcs, ud).map(|x| Tpdu::Mo(MoTpdu::Submit(x)))
        }),
        Direction::Deliver => each(input, |dcs, ud| {
            read_deliver(input, dcs, ud).map(|x| Tpdu::Mt(MtTpdu::Deliver(x)))
        }),
        Direction::StatusReport => {
            read_status_report(input).map(|x| vec![Tpdu::Mt(MtTpdu::StatusReport(x))])
        }
        Direction::SubmitReport => {
            let (pid, dcs, ud) = read_optional(input)?;
            let report = SubmitReport {
                fcs: read_cause(input)?,
                scts: time(input, "timestamp")?,
                pid,
                dcs,
                ud,
            };
            Ok(vec![Tpdu::Mt(MtTpdu::SubmitReport(report))])
        }
        Direction::DeliverReport => {
            let (pid, dcs, ud) = read_optional(input)?;
            let report = DeliverReport {
                fcs: read_cause(input)?,
                pid,
                dcs,
                ud,
            };
            Ok(vec![Tpdu::Mo(MoTpdu::DeliverReport(report))])
        }
        Direction::Command => read_command(input).map(|x| vec![Tpdu::Mo(MoTpdu::Command(x))]),
        Direction::Cbs | Direction::Component(_) => Err(Problem::new("direction", "not a TPDU")),
    }
}

/// One TPDU for each part of the user data.
fn each(
    input: Input<'_>,
    make: impl Fn(tpdu::Dcs, UserData) -> Result<Tpdu, Problem>,
) -> Result<Vec<Tpdu>, Problem> {
    let (dcs, parts) = user_data::read(input)?;
    parts.into_iter().map(|ud| make(dcs, ud)).collect()
}

fn read_submit(input: Input<'_>, dcs: tpdu::Dcs, ud: UserData) -> Result<Submit, Problem> {
    Ok(Submit {
        rd: flag(input, "rd")?,
        rp: flag(input, "rp")?,
        srr: flag(input, "srr")?,
        mr: MessageRef(octet(input, "mr")?),
        da: party(input)?,
        pid: Pid(octet(input, "pid")?),
        dcs,
        vp: validity::read(input)?,
        ud,
    })
}

fn read_deliver(input: Input<'_>, dcs: tpdu::Dcs, ud: UserData) -> Result<Deliver, Problem> {
    Ok(Deliver {
        mms: flag(input, "mms")?,
        lp: flag(input, "lp")?,
        rp: flag(input, "rp")?,
        sri: flag(input, "sri")?,
        oa: party(input)?,
        pid: Pid(octet(input, "pid")?),
        dcs,
        scts: time(input, "timestamp")?,
        ud,
    })
}

fn read_status_report(input: Input<'_>) -> Result<StatusReport, Problem> {
    let (pid, dcs, ud) = read_optional(input)?;
    Ok(StatusReport {
        mms: flag(input, "mms")?,
        lp: flag(input, "lp")?,
        srq: flag(input, "srq")?,
        mr: MessageRef(octet(input, "mr")?),
        ra: party(input)?,
        scts: time(input, "timestamp")?,
        dt: time(input, "discharge_time")?,
        st: Status(octet(input, "status")?),
        pid,
        dcs,
        ud,
    })
}

fn read_command(input: Input<'_>) -> Result<Command, Problem> {
    Ok(Command {
        srr: flag(input, "srr")?,
        mr: MessageRef(octet(input, "mr")?),
        pid: Pid(octet(input, "pid")?),
        ct: CommandType(octet(input, "command_type")?),
        mn: MessageRef(octet(input, "message_number")?),
        da: party(input)?,
        header: user_data::read_header(input)?,
        cd: input.octets("data_hex")?.unwrap_or_default(),
    })
}

/// TP-PID, TP-DCS and TP-UD of a report.
type Optional = (Option<Pid>, Option<tpdu::Dcs>, Option<UserData>);

/// What a report may end with. Without a text or data there is no TP-UD.
fn read_optional(input: Input<'_>) -> Result<Optional, Problem> {
    let pid = input.octet("pid")?.map(Pid);
    let has_body = ["text", "septets", "data_hex", "data_text", "udh"]
        .iter()
        .any(|key| input.get(key).is_some());
    if !has_body {
        return Ok((pid, input.octet("dcs")?.map(tpdu::Dcs), None));
    }
    let (dcs, parts) = user_data::read(input)?;
    let Ok([ud]) = <[UserData; 1]>::try_from(parts) else {
        return Err(Problem::new("text", "too long for a report"));
    };
    // GSM 7-bit need not be said (TS 23.040 §9.2.3.27).
    let said = input.octet("dcs")?.is_some() || dcs != tpdu::Dcs::GSM7;
    Ok((pid, said.then_some(dcs), Some(ud)))
}

fn read_cause(input: Input<'_>) -> Result<Option<FailureCause>, Problem> {
    Ok(input.octet("failure_cause")?.map(FailureCause))
}

fn flag(input: Input<'_>, key: &str) -> Result<bool, Problem> {
    Ok(input.flag(key)?.unwrap_or(false))
}

fn octet(input: Input<'_>, key: &str) -> Result<u8, Problem> {
    Ok(input.octet(key)?.unwrap_or(0))
}

fn party(input: Input<'_>) -> Result<Address, Problem> {
    address::read(input, "address")?.ok_or_else(|| Problem::missing("address"))
}

fn time(input: Input<'_>, key: &str) -> Result<Timestamp, Problem> {
    timestamp::read(input, key)?.ok_or_else(|| Problem::missing(key))
}
