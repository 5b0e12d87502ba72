//! Events as one line of a transcript.

use modem::{Event, Received, Submitted};
use tpdu::{MessageRef, MtTpdu};

pub(crate) fn render(event: &Event) -> String {
    match event {
        Event::State(state) => format!("{state:?}"),
        Event::Identity(id) => format!(
            "Identity {} {} {} {} profile {}",
            text(id.imei.as_ref()),
            id.manufacturer,
            id.model,
            id.firmware,
            id.profile
        ),
        Event::Sim(sim) => format!(
            "Sim {} imsi {} number {} smsc {}",
            text(sim.iccid.as_ref()),
            text(sim.imsi.as_ref()),
            text(sim.number.as_ref()),
            text(sim.smsc.as_ref())
        ),
        Event::Registration(stat) => format!("Registration {stat:?}"),
        Event::Operator(operator) => {
            format!(
                "Operator {} {}",
                operator.name,
                operator.technology.unwrap_or("-")
            )
        }
        Event::Signal(signal) => format!("Signal {} {} bars", text(signal.rssi_dbm), signal.bars),
        Event::Capabilities(can) => format!(
            "Capabilities csms {} cnmi {} memory {} of {} cmms {} list {}",
            text(can.csms),
            can.cnmi
                .map_or("-".to_owned(), |cnmi| cnmi.map(|n| n.to_string()).join(",")),
            text(can.memory.as_ref()),
            can.memories.join(","),
            text(can.cmms),
            if can.listing.is_empty() {
                "-"
            } else {
                can.listing
            }
        ),
        Event::Storage(usage) => format!("Storage {} {}/{}", usage.memory, usage.used, usage.total),
        Event::StorageAlarm(usage) => {
            format!(
                "StorageAlarm {} {}/{}",
                usage.memory, usage.used, usage.total
            )
        }
        Event::Submitted { job, outcome, .. } => {
            format!("Submitted {} {}", job.0, outcome_of(outcome))
        }
        Event::LateAccepted { job, mr } => format!("LateAccepted {} {}", job.0, number(*mr)),
        Event::LateRefused { job, refusal } => format!("LateRefused {} {refusal}", job.0),
        Event::UnclaimedAccepted { job: None, mr } => format!("UnclaimedAccepted {}", number(*mr)),
        Event::UnclaimedAccepted { job: Some(job), mr } => {
            format!("UnclaimedAccepted {} of {}", number(*mr), job.0)
        }
        Event::UnclaimedRefused { refusal } => format!("UnclaimedRefused {refusal}"),
        Event::Booted => "Booted".to_owned(),
        Event::Received(received) => received_of(received),
        Event::Ussd {
            id,
            result: Ok(reply),
        } => format!("Ussd {id} {:?} open {}", reply.text, reply.open),
        Event::Ussd {
            id,
            result: Err(why),
        } => format!("Ussd {id} {why}"),
        Event::UssdNotice(reply) => format!("UssdNotice {:?} open {}", reply.text, reply.open),
        Event::Raw { id, lines, end } => format!("Raw {id} {} {end}", lines.join("|")),
        Event::MissedCall { from } => format!("MissedCall {}", text(from.as_ref())),
        Event::SimHidden => "SimHidden".to_owned(),
        Event::Unlock { id, result } => match result {
            Ok(tries) => format!("Unlock {id} {}", tries_of(*tries)),
            Err(why) => format!("Unlock {id} {why:?}"),
        },
        Event::PinProved { iccid, pin } => format!("PinProved {iccid} {}", pin.as_str()),
        Event::PinRefused { tries_left } => format!("PinRefused {}", text(*tries_left)),
        Event::PinUnclear {
            tries_left,
            counted,
        } => {
            format!("PinUnclear {} counted {counted:?}", text(*tries_left))
        }
        Event::Trouble { step, reason } => format!("Trouble {reason:?} {step:?}"),
        Event::Trace(line) => line.text.clone(),
    }
}

fn number(mr: Option<MessageRef>) -> String {
    text(mr.map(|mr| mr.0))
}

fn tries_of(tries: modem::PinTries) -> String {
    format!("pin {} puk {}", text(tries.pin), text(tries.puk))
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

fn outcome_of(outcome: &Submitted) -> String {
    match outcome {
        Submitted::Accepted(mr) => format!("Accepted {}", mr.0),
        Submitted::AcceptedUnnumbered => "AcceptedUnnumbered".to_owned(),
        Submitted::Refused(refusal) => format!("Refused {refusal}, {:?}", refusal.class()),
        Submitted::Uncertain(why) => format!("Uncertain {why:?}"),
    }
}

fn received_of(received: &Received) -> String {
    let token = received.token.0;
    match &received.content {
        Ok(MtTpdu::Deliver(deliver)) => {
            let text = deliver
                .ud
                .text(deliver.dcs)
                .unwrap_or_else(|why| why.to_string());
            format!("Received {token} from {} {text:?}", deliver.oa)
        }
        Ok(MtTpdu::StatusReport(report)) => {
            format!(
                "Received {token} report on {} to {} {}",
                report.mr.0, report.ra, report.st.0
            )
        }
        Ok(other) => format!("Received {token} {other:?}"),
        Err(why) => format!("Received {token} unreadable, {why}"),
    }
}
