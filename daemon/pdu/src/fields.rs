//! The fields of TPDUs, shown and read.

use tpdu::{
    Address, Command, CommandType, Deliver, DeliverReport, FailureCause, MessageRef, MoTpdu,
    MtTpdu, Pid, PidKind, Status, StatusClass, StatusReport, Submit, SubmitReport, UserData,
};

use crate::direction::Direction;
use crate::hints::Hints;
use crate::input::Input;
use crate::problem::Problem;
use crate::read::Tpdu;
use crate::shown::Shown as _;
use crate::{Fields, address, timestamp, user_data, validity};

/// Shows a TPDU; gives a problem that is worth an `error` beside the fields.
pub(crate) fn show(fields: &mut Fields, tpdu: &Tpdu, hints: &Hints) -> Option<Problem> {
    match tpdu {
        Tpdu::Mt(MtTpdu::Deliver(deliver)) => show_deliver(fields, deliver, hints),
        Tpdu::Mt(MtTpdu::StatusReport(report)) => show_status_report(fields, report, hints),
        Tpdu::Mt(MtTpdu::SubmitReport(report)) => {
            fields.put("direction", Direction::SubmitReport.name());
            timestamp::show(fields, "timestamp", report.scts);
            show_cause(fields, report.fcs);
            show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
        }
        Tpdu::Mo(MoTpdu::Submit(submit)) => show_submit(fields, submit, hints),
        Tpdu::Mo(MoTpdu::DeliverReport(report)) => {
            fields.put("direction", Direction::DeliverReport.name());
            show_cause(fields, report.fcs);
            show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
        }
        Tpdu::Mo(MoTpdu::Command(command)) => {
            show_command(fields, command);
            None
        }
    }
}

fn show_deliver(fields: &mut Fields, deliver: &Deliver, hints: &Hints) -> Option<Problem> {
    fields.put("direction", Direction::Deliver.name());
    fields.put("mms", deliver.mms);
    fields.put("lp", deliver.lp);
    fields.put("rp", deliver.rp);
    fields.put("sri", deliver.sri);
    address::show(fields, "address", &deliver.oa);
    timestamp::show(fields, "timestamp", deliver.scts);
    show_pid(fields, deliver.pid);
    user_data::show_dcs(fields, deliver.dcs);
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
    fields.put("mwi", waiting);
}

fn show_submit(fields: &mut Fields, submit: &Submit, hints: &Hints) -> Option<Problem> {
    fields.put("direction", Direction::Submit.name());
    fields.put("rd", submit.rd);
    fields.put("rp", submit.rp);
    fields.put("srr", submit.srr);
    fields.put("mr", submit.mr.0);
    address::show(fields, "address", &submit.da);
    show_pid(fields, submit.pid);
    user_data::show_dcs(fields, submit.dcs);
    validity::show(fields, submit.vp);
    user_data::show(fields, &submit.ud, submit.dcs, hints)
}

fn show_status_report(
    fields: &mut Fields,
    report: &StatusReport,
    hints: &Hints,
) -> Option<Problem> {
    fields.put("direction", Direction::StatusReport.name());
    fields.put("mms", report.mms);
    fields.put("lp", report.lp);
    fields.put("srq", report.srq);
    fields.put("mr", report.mr.0);
    address::show(fields, "address", &report.ra);
    timestamp::show(fields, "timestamp", report.scts);
    timestamp::show(fields, "discharge_time", report.dt);
    fields.put("status", report.st.0);
    fields.put("status_text", report.st.text());
    let class = report.st.class();
    fields.put("delivered", class == StatusClass::Delivered);
    let class = match class {
        StatusClass::Delivered => "delivered",
        StatusClass::StillTrying => "still-trying",
        StatusClass::Permanent => "permanent",
        StatusClass::TemporaryGaveUp => "temporary-gave-up",
    };
    fields.put("status_class", class);
    show_optional(fields, report.pid, report.dcs, report.ud.as_ref(), hints)
}

fn show_command(fields: &mut Fields, command: &Command) {
    fields.put("direction", Direction::Command.name());
    fields.put("srr", command.srr);
    fields.put("mr", command.mr.0);
    show_pid(fields, command.pid);
    fields.put("command_type", command.ct.0);
    fields.put("message_number", command.mn.0);
    address::show(fields, "address", &command.da);
    fields.put("udhi", !command.header.is_empty());
    user_data::show_header(fields, &command.header);
    fields.put_hex("data_hex", &command.cd);
}

fn show_cause(fields: &mut Fields, cause: Option<FailureCause>) {
    if let Some(cause) = cause {
        fields.put("failure_cause", cause.0);
        fields.put("failure_text", cause.text());
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
    user_data::show(fields, ud, dcs.unwrap_or_default(), hints)
}

fn show_pid(fields: &mut Fields, pid: Pid) {
    fields.put("pid", pid.0);
    fields.put("replace", matches!(pid.kind(), PidKind::Replace(_)));
}

/// The TPDUs that these fields make: one, or as many as a long text needs.
pub(crate) fn read(input: Input<'_>, direction: Direction) -> Result<Vec<Tpdu>, Problem> {
    let one = match direction {
        Direction::Submit | Direction::Auto => return each(input, read_submit),
        Direction::Deliver => return each(input, read_deliver),
        Direction::StatusReport => read_status_report(input)?,
        Direction::SubmitReport => {
            let (pid, dcs, ud) = read_optional(input)?;
            Tpdu::Mt(MtTpdu::SubmitReport(SubmitReport {
                fcs: read_cause(input)?,
                scts: timestamp::needed(input, "timestamp")?,
                pid,
                dcs,
                ud,
            }))
        }
        Direction::DeliverReport => {
            let (pid, dcs, ud) = read_optional(input)?;
            Tpdu::Mo(MoTpdu::DeliverReport(DeliverReport {
                fcs: read_cause(input)?,
                pid,
                dcs,
                ud,
            }))
        }
        Direction::Command => read_command(input)?,
        Direction::Cbs | Direction::Component(_) => {
            return Err(Problem::new("direction", "not a TPDU"));
        }
    };
    Ok(vec![one])
}

/// One TPDU for each part of the user data.
fn each(
    input: Input<'_>,
    make: fn(Input<'_>, tpdu::Dcs, UserData) -> Result<Tpdu, Problem>,
) -> Result<Vec<Tpdu>, Problem> {
    let (dcs, parts) = user_data::read(input)?;
    let parts = parts.into_iter();
    parts.map(|ud| make(input, dcs, ud)).collect()
}

fn read_submit(input: Input<'_>, dcs: tpdu::Dcs, ud: UserData) -> Result<Tpdu, Problem> {
    Ok(Tpdu::Mo(MoTpdu::Submit(Submit {
        rd: flag(input, "rd")?,
        rp: flag(input, "rp")?,
        srr: flag(input, "srr")?,
        mr: MessageRef(octet(input, "mr")?),
        da: address::needed(input, "address")?,
        pid: Pid(octet(input, "pid")?),
        dcs,
        vp: validity::read(input)?,
        ud,
    })))
}

fn read_deliver(input: Input<'_>, dcs: tpdu::Dcs, ud: UserData) -> Result<Tpdu, Problem> {
    Ok(Tpdu::Mt(MtTpdu::Deliver(Deliver {
        mms: flag(input, "mms")?,
        lp: flag(input, "lp")?,
        rp: flag(input, "rp")?,
        sri: flag(input, "sri")?,
        oa: address::needed(input, "address")?,
        pid: Pid(octet(input, "pid")?),
        dcs,
        scts: timestamp::needed(input, "timestamp")?,
        ud,
    })))
}

fn read_status_report(input: Input<'_>) -> Result<Tpdu, Problem> {
    let (pid, dcs, ud) = read_optional(input)?;
    Ok(Tpdu::Mt(MtTpdu::StatusReport(StatusReport {
        mms: flag(input, "mms")?,
        lp: flag(input, "lp")?,
        srq: flag(input, "srq")?,
        mr: MessageRef(octet(input, "mr")?),
        ra: address::needed(input, "address")?,
        scts: timestamp::needed(input, "timestamp")?,
        dt: timestamp::needed(input, "discharge_time")?,
        st: Status(octet(input, "status")?),
        pid,
        dcs,
        ud,
    })))
}

fn read_command(input: Input<'_>) -> Result<Tpdu, Problem> {
    Ok(Tpdu::Mo(MoTpdu::Command(Command {
        srr: flag(input, "srr")?,
        mr: MessageRef(octet(input, "mr")?),
        pid: Pid(octet(input, "pid")?),
        ct: CommandType(octet(input, "command_type")?),
        mn: MessageRef(octet(input, "message_number")?),
        da: address::needed(input, "address")?,
        header: user_data::read_header(input)?,
        cd: input.octets("data_hex")?.unwrap_or_default(),
    })))
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
