//! What a message waits for, in words.

use super::{Cause, For, Obstacle};
use model::Carrier;

impl Obstacle {
    /// One sentence; `name`: how people call the SIM or uplink that it is about, `cause`: why that cannot send.
    pub fn sentence(&self, name: Option<&str>, cause: Option<&Cause>) -> String {
        let it = match (&self.carrier, name) {
            (Some(carrier), Some(name)) if carrier.sim().is_some() => format!("SIM {name}"),
            (Some(_), Some(name)) => name.replacen("uplink:", "uplink ", 1),
            _ => "a SIM or an uplink".to_owned(),
        };
        if let Some(cause) = cause {
            return format!("It waits because {}.", cause.words(&it));
        }
        let what = match self.waiting.what {
            For::Turn => format!("It waits for its turn with {it}"),
            For::Report => format!(
                "It waits for the report of an earlier message to the same number through {it}"
            ),
            For::Retry => "It waits to be tried again".to_owned(),
            For::Quota => format!("It waits because the quota of {it} is used up"),
            For::Window => format!("It waits because {it} is outside its hours"),
            For::Cooling => format!("It waits because {it} rests after failures"),
            For::Disabled => match &self.carrier {
                Some(carrier) => {
                    format!("It waits because {it} is disabled: {}", enabling(carrier))
                }
                None => format!("It waits because {it} is disabled"),
            },
            For::Denied => format!("It waits because the network has denied {it}"),
            For::Fault => format!("It waits because the modem of {it} does not work"),
            For::Absent => format!("It waits because {it} is in no modem"),
            For::Locked => format!("It waits because {it} is locked"),
            For::Removed => format!("It waits because {it} was removed"),
            For::Sim if self.carrier.is_some() => {
                format!("It waits because {it} is not registered in a network")
            }
            For::Sim => "It waits for a SIM that is registered in a network".to_owned(),
            For::Uplink if self.carrier.is_some() => format!("It waits because {it} is not bound"),
            For::Uplink => "It waits for an uplink that is bound".to_owned(),
            For::Route => "It waits because no route leads to anything that may send it".to_owned(),
            For::Paused => {
                "It waits because it was paused: simgate messages resume REFERENCE".to_owned()
            }
        };
        match self.waiting.until {
            Some(until) => format!("{what}, until {until}."),
            None => format!("{what}."),
        }
    }
}

/// The command that enables it again.
fn enabling(carrier: &Carrier) -> String {
    match carrier {
        Carrier::Sim(iccid) => format!("simgate sims set {iccid} --enabled true"),
        Carrier::Uplink(name) => format!("simgate uplinks set {name} --enabled true"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Waiting;
    use super::*;
    use model::Time;

    #[test]
    fn the_sim_is_called_by_its_name() {
        let carrier: Carrier = "sim:8984011234567890123"
            .parse()
            .unwrap_or_else(|_| Carrier::Sim("8984011234567890123".parse().unwrap()));
        let obstacle = |what, until, carrier| Obstacle {
            waiting: Waiting::new(what, until),
            carrier,
        };
        let closed = obstacle(For::Window, Some(Time(0)), Some(carrier));
        assert_eq!(
            closed.sentence(Some("shop"), None),
            "It waits because SIM shop is outside its hours, until 1970-01-01T00:00:00.000Z."
        );
        let disabled = obstacle(For::Disabled, None, closed.carrier.clone());
        assert_eq!(
            disabled.sentence(Some("shop"), None),
            "It waits because SIM shop is disabled: simgate sims set 8984011234567890123 --enabled true."
        );
        assert_eq!(
            Obstacle::paused().sentence(None, None),
            "It waits because it was paused: simgate messages resume REFERENCE."
        );
        let cause = Cause::Absent { hidden: None };
        assert_eq!(
            disabled.sentence(Some("shop"), Some(&cause)),
            "It waits because SIM shop is in no modem."
        );
        let uplink = obstacle(For::Uplink, None, Some("uplink:up".parse().unwrap()));
        assert_eq!(
            uplink.sentence(Some("uplink:up"), None),
            "It waits because uplink up is not bound."
        );
        assert_eq!(
            obstacle(For::Sim, None, None).sentence(None, None),
            "It waits for a SIM that is registered in a network."
        );
    }
}
