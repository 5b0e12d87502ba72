//! Modems: locked, without reports, faulty, starting anew, gone, or full.

use model::{Imei, Lock, ModemStateName, PinTrouble, SimRecord};
use modem::{ModemState, Storage};
use serde_json::{Value, json};

use super::code::{Code, Severity};
use super::facts::Facts;
use super::item::{Finding, Item, Method};
use super::sims;
use crate::ModemView;
use crate::modems::Unreported;
use crate::settings::AttentionLimits;

pub(super) fn of(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let each = |view| {
        let looks = Looks::at(view, facts);
        [
            looks.locked(),
            looks.no_reports(),
            looks.fault(),
            looks.restarts(facts, limits),
            looks.missing(facts, limits),
            looks.memory_full(limits),
        ]
    };
    let found = facts.modems.iter().flat_map(each);
    found.flatten().collect()
}

/// What a modem owed when this was found, where it says that no reports come from it.
pub(super) fn unreported(item: &Item) -> Option<(Imei, Unreported)> {
    let imei = item.subject.id.parse().ok()?;
    let messages = item.params.get("messages").and_then(Value::as_u64);
    let unreported = Unreported {
        messages: messages?.try_into().ok()?,
        since: item.since,
    };
    (item.code == Code::NoReports).then_some((imei, unreported))
}

/// A modem that is looked at, and the SIM that it has or had last.
struct Looks<'a> {
    view: &'a ModemView,
    sim: Option<&'a SimRecord>,
}

impl<'a> Looks<'a> {
    fn at(view: &'a ModemView, facts: &'a Facts) -> Self {
        let imei = &view.record.imei;
        let was_in = |sim: &&crate::SimView| {
            let iccid = &sim.record.iccid;
            match &view.sim {
                Some(known) => known == iccid,
                None => sim.modem.is_none() && facts.last_modems.get(iccid) == Some(imei),
            }
        };
        let sim = facts.sims.iter().find(was_in).map(|sim| &sim.record);
        Self { view, sim }
    }

    fn imei(&self) -> &Imei {
        &self.view.record.imei
    }

    /// Called by its SIM, since that is what people know; else by its model.
    fn found(&self, code: Code, sentence: String) -> Finding {
        let of_sim = self.sim.and_then(|sim| sim.config.label.clone());
        let model = Some(self.view.record.model.clone()).filter(|model| !model.is_empty());
        let found = Finding::new(code, sentence).about(self.imei(), of_sim.or(model));
        found.of_sim(self.sim.map(|sim| &sim.iccid))
    }

    /// The SIM in it, for a sentence.
    fn sim_named(&self) -> String {
        let imei = self.imei();
        match self.sim {
            Some(sim) => sims::named(sim),
            None => format!("The SIM in modem {imei}"),
        }
    }

    fn named(&self) -> String {
        match self.sim {
            Some(sim) => format!("Modem {} of {}", self.imei(), sims::named(sim)),
            None => format!("Modem {}", self.imei()),
        }
    }

    fn locked(&self) -> Option<Finding> {
        let Some(ModemState::Locked { what, tries_left }) = self.view.state else {
            return None;
        };
        let kind = match what {
            Lock::Pin => "pin",
            Lock::Puk => "puk",
            Lock::Other => "other",
        };
        let sentence = locked(&self.sim_named(), what, self.view.pin_trouble, self.imei());
        let found = self.found(Code::Locked, sentence);
        let trouble = match self.view.pin_trouble {
            Some(PinTrouble::Refused) => Some("refused"),
            Some(PinTrouble::Unclear) => Some("unclear"),
            None => None,
        };
        let params = json!({"what": kind, "tries_left": tries_left, "trouble": trouble});
        let found = found.params(params);
        Some(match what {
            Lock::Other => found,
            Lock::Pin | Lock::Puk => {
                found.action(Method::Post, &format!("/modems/{}/unlock", self.imei()))
            }
        })
    }

    /// `+CNMI` says whether it is the modem that gives none.
    fn no_reports(&self) -> Option<Finding> {
        let Unreported { messages, since } = self.view.unreported?;
        let cnmi = self.view.capabilities.as_ref().and_then(|found| found.cnmi);
        let able = !matches!(cnmi, Some([_, _, _, 0, _]));
        let why = if able {
            "the SIM's operator or plan may give none; try the SIM in another modem, or send \
             without status_report"
        } else {
            "this modem cannot be set to give any, so its messages stay sent; another model can"
        };
        let sentence = format!(
            "{}: none of the last {messages} messages was reported on: {why}.",
            self.named()
        );
        let found = self
            .found(Code::NoReports, sentence)
            .params(json!({"messages": messages, "able": able}));
        Some(found.since(Some(since)))
    }

    fn fault(&self) -> Option<Finding> {
        let recovery = self.view.recovery.as_ref()?;
        if self.view.shown_state() != ModemStateName::Fault {
            return None;
        }
        let imei = self.imei();
        let sentence = format!(
            "{} does not work, and nothing brings it back ({}). Look at its power, its cable and its port; to try \
             again at once: simgate modems restart {imei}",
            self.named(),
            recovery.last_reason
        );
        let params = json!({"reason": recovery.last_reason, "next_try_at": recovery.next_try_at});
        let found = self.found(Code::ModemFault, sentence).params(params);
        let found = found.since(Some(recovery.since));
        Some(found.action(Method::Post, &format!("/modems/{imei}/restart")))
    }

    /// Held until an hour has passed without any.
    fn restarts(&self, facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
        let count = *facts.restarts.get(self.imei())?;
        let sentence = format!(
            "{} has started anew, or lost its port, {count} times within the hour. Look at its power and its cable.",
            self.named()
        );
        let found = self.found(Code::ModemRestarts, sentence);
        let found = found.params(json!({"times": count, "limit": limits.restarts_per_hour}));
        Some(found.holding(count < limits.restarts_per_hour))
    }

    /// It matters as long as its SIM is not used elsewhere.
    fn missing(&self, facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
        let imei = self.imei();
        if !self.view.is_absent() {
            return None;
        }
        let sim = facts.sims.iter().find(|sim| {
            sims::is_missing(sim) && facts.last_modems.get(&sim.record.iccid) == Some(imei)
        })?;
        let (name, iccid) = (sims::named(&sim.record), &sim.record.iccid);
        let sentence = format!(
            "Modem {imei} is not plugged in, and {name} is in no other one. Plug it in, or disable the SIM: \
             simgate sims set {iccid} --enabled false"
        );
        let found = self.found(Code::ModemMissing, sentence).of_sim(Some(iccid));
        let found = found.params(json!({"sim": iccid.to_string()}));
        let found = found.action(Method::Patch, &format!("/sims/{iccid}"));
        Some(found.after_seconds(limits.missing_seconds))
    }

    /// The fullest of its memories. Held until there is a tenth more room.
    fn memory_full(&self, limits: &AttentionLimits) -> Option<Finding> {
        let (share, storage) = fullest(&self.view.storage)?;
        let Storage {
            memory,
            used,
            total,
        } = storage;
        let limit = limits.storage_percent;
        if share + 10 < limit {
            return None;
        }
        let (named, imei) = (self.named(), self.imei());
        let is_full = used >= total;
        let what = if is_full {
            "no message comes in by it any more"
        } else {
            "when it is full, no message comes in by it"
        };
        let sentence = format!(
            "{named} has {used} of {total} messages in its memory {memory}; {what}. Delete there what is not simgate's: \
             simgate modems show {imei}"
        );
        let found = self.found(Code::MemoryFull, sentence);
        let found = found.params(json!({"memory": memory, "used": used, "total": total}));
        let found = found.holding(share < limit);
        Some(if is_full {
            found.severity(Severity::Critical)
        } else {
            found
        })
    }
}

/// By how full they are, in percent.
fn fullest(memories: &[Storage]) -> Option<(u32, &Storage)> {
    let share = |storage: &Storage| u32::from(storage.used) * 100 / u32::from(storage.total);
    let some = memories.iter().filter(|storage| storage.total > 0);
    some.map(|storage| (share(storage), storage))
        .max_by_key(|(share, _)| *share)
}

fn locked(sim: &str, what: Lock, trouble: Option<PinTrouble>, imei: &Imei) -> String {
    let unlock = format!("simgate modems unlock {imei}");
    match (what, trouble) {
        (Lock::Pin, Some(PinTrouble::Refused)) => {
            format!(
                "{sim} has refused the PIN that is kept for it. Give the right one with: {unlock}"
            )
        }
        (Lock::Pin, Some(PinTrouble::Unclear)) => format!(
            "{sim} was given its PIN, and the modem did not tell whether it was right; no refusal is known. \
             Give it with: {unlock}, or try the SIM in another modem"
        ),
        (Lock::Pin, None) => format!("{sim} asks for its PIN. Give it with: {unlock}"),
        (Lock::Puk, _) => {
            format!("{sim} asks for its PUK, which its operator tells. Give it with: {unlock}")
        }
        (Lock::Other, _) => {
            format!(
                "{sim} is locked to a network, a provider or a modem, and another SIM is needed."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ModemRecord, Time};

    fn view() -> ModemView {
        let imei = "356938035643809".parse().unwrap();
        let record = ModemRecord::sample(imei, Time::ZERO);
        ModemView::absent(ModemRecord {
            model: "M1".to_owned(),
            ..record
        })
    }

    fn found(view: ModemView) -> Vec<Finding> {
        let facts = Facts {
            modems: vec![view],
            ..Facts::default()
        };
        of(&facts, &AttentionLimits::default())
    }

    #[test]
    fn a_modem_without_reports_says_so_and_what_to_do() {
        assert!(found(view()).is_empty());
        let unreported = Unreported {
            messages: 20,
            since: Time(5),
        };
        let mut bad = ModemView {
            unreported: Some(unreported),
            ..view()
        };
        let told = found(bad.clone());
        assert_eq!((told.len(), told[0].item.code), (1, Code::NoReports));
        let sentence = &told[0].item.sentence;
        assert!(sentence.contains("last 20") && sentence.contains("operator"));
        assert_eq!(told[0].since, Some(Time(5)));
        let kept = Item {
            since: Time(5),
            ..told[0].item.clone()
        };
        let imei = bad.record.imei.clone();
        assert_eq!(super::unreported(&kept), Some((imei, unreported)));
        bad.capabilities = Some(modem::Capabilities {
            cnmi: Some([2, 1, 0, 0, 0]),
            ..modem::Capabilities::default()
        });
        assert!(found(bad)[0].item.sentence.contains("this modem cannot"));
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
        let told = found(view.clone());
        assert_eq!(told[0].item.code, Code::Locked);
        let sentence = &told[0].item.sentence;
        assert!(sentence.contains("PUK") && sentence.contains("unlock"));
        for (trouble, says) in [
            (None, "asks for its PIN"),
            (Some(PinTrouble::Refused), "has refused the PIN"),
            (Some(PinTrouble::Unclear), "no refusal is known"),
        ] {
            let sentence = locked("SIM shop", Lock::Pin, trouble, &view.record.imei);
            assert!(sentence.contains(says) && sentence.contains("unlock 356938035643809"));
        }
    }

    #[test]
    fn a_memory_is_told_of_from_its_limit_on_and_held_until_there_is_room() {
        let with = |used| {
            let storage = |used, memory: &str| Storage {
                memory: memory.to_owned(),
                used,
                total: 20,
            };
            found(ModemView {
                storage: vec![storage(used, "SM"), storage(0, "ME")],
                ..view()
            })
        };
        assert!(with(11).is_empty());
        assert!(with(13)[0].only_holds && !with(14)[0].only_holds);
        assert_eq!(with(14)[0].item.severity, Severity::Warning);
        assert_eq!(with(20)[0].item.severity, Severity::Critical);
    }
}
