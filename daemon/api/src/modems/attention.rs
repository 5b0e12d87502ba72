//! What about a modem needs a person.

use model::{Imei, Lock, PinTrouble};
use modem::ModemState;

use super::super::attention::AttentionJson;
use gateway::ModemView;
use gateway::modems::Unreported;

/// All reasons to act.
pub(super) fn of(view: &ModemView) -> Vec<AttentionJson> {
    let mut all = Vec::new();
    if let Some(ModemState::Locked { what, .. }) = view.state {
        all.push(AttentionJson {
            code: "locked",
            since: None,
            sentence: locked(what, view.pin_trouble, &view.record.imei),
        });
    }
    if let Some(unreported) = view.unreported {
        all.push(no_reports(view, unreported));
    }
    all
}

fn locked(what: Lock, trouble: Option<PinTrouble>, imei: &Imei) -> String {
    let unlock = format!("simgate modems unlock {imei}");
    match (what, trouble) {
        (Lock::Pin, Some(PinTrouble::Refused)) => {
            format!(
                "The SIM has refused the PIN that is kept for it. Give the right one with: {unlock}"
            )
        }
        (Lock::Pin, Some(PinTrouble::Unclear)) => format!(
            "The SIM was given its PIN, and the modem did not tell whether it was right; no refusal is known. \
             Give it with: {unlock}, or try the SIM in another modem"
        ),
        (Lock::Pin, None) => format!("The SIM asks for its PIN. Give it with: {unlock}"),
        (Lock::Puk, _) => {
            format!("The SIM asks for its PUK, which its operator tells. Give it with: {unlock}")
        }
        (Lock::Other, _) => {
            "It is locked to a network, a provider or a SIM, and needs another SIM.".to_owned()
        }
    }
}

/// `+CNMI` says whether it is the modem that gives none.
fn no_reports(view: &ModemView, unreported: Unreported) -> AttentionJson {
    let Unreported { messages, since } = unreported;
    let cnmi = view.capabilities.as_ref().and_then(|found| found.cnmi);
    let why = match cnmi {
        Some([_, _, _, 0, _]) => {
            "this modem cannot be set to give any, so its messages stay sent; another model can"
        }
        _ => {
            "the SIM's operator or plan may give none; try the SIM in another modem, or send \
             without status_report"
        }
    };
    AttentionJson {
        code: "no-reports",
        since: Some(since),
        sentence: format!("None of the last {messages} messages was reported on: {why}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ModemRecord, Time};

    fn view() -> ModemView {
        ModemView::absent(ModemRecord {
            imei: "356938035643809".parse().unwrap(),
            manufacturer: String::new(),
            model: String::new(),
            firmware: String::new(),
            profile: String::new(),
            last_seen: Time::ZERO,
            restarts: 0,
        })
    }

    #[test]
    fn a_modem_without_reports_says_so_and_what_to_do() {
        assert!(of(&view()).is_empty());
        let unreported = Unreported {
            messages: 20,
            since: Time(5),
        };
        let mut bad = ModemView {
            unreported: Some(unreported),
            ..view()
        };
        let told = of(&bad);
        assert_eq!((told.len(), told[0].code), (1, "no-reports"));
        assert!(told[0].sentence.contains("last 20") && told[0].sentence.contains("operator"));
        bad.capabilities = Some(modem::Capabilities {
            cnmi: Some([2, 1, 0, 0, 0]),
            ..modem::Capabilities::default()
        });
        assert!(of(&bad)[0].sentence.contains("this modem cannot"));
    }

    #[test]
    fn a_locked_sim_says_how_it_is_unlocked() {
        let view = ModemView {
            state: Some(ModemState::Locked {
                what: Lock::Puk,
                tries_left: Some(10),
            }),
            ..view()
        };
        let told = of(&view);
        assert_eq!(told[0].code, "locked");
        assert!(told[0].sentence.contains("PUK") && told[0].sentence.contains("unlock"));
        for (trouble, says) in [
            (None, "asks for its PIN"),
            (Some(PinTrouble::Refused), "has refused the PIN"),
            (Some(PinTrouble::Unclear), "no refusal is known"),
        ] {
            let sentence = locked(Lock::Pin, trouble, &view.record.imei);
            assert!(sentence.contains(says) && sentence.contains("unlock 356938035643809"));
        }
    }
}
