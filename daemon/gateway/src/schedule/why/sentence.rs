//! What a message waits for, in words.

use super::{For, Obstacle};

impl Obstacle {
    /// One sentence; `name`: how people call the SIM or uplink that it is about.
    pub fn sentence(&self, name: Option<&str>) -> String {
        let it = match (&self.carrier, name) {
            (Some(carrier), Some(name)) if carrier.sim().is_some() => format!("SIM {name}"),
            (Some(_), Some(name)) => name.replacen("uplink:", "uplink ", 1),
            _ => "a SIM or an uplink".to_owned(),
        };
        let what = match self.waiting.what {
            For::Turn => format!("It waits for its turn with {it}"),
            For::Report => format!(
                "It waits for the report of an earlier message to the same number through {it}"
            ),
            For::Retry => "It waits to be tried again".to_owned(),
            For::Quota => format!("It waits because the quota of {it} is used up"),
            For::Window => format!("It waits because {it} is outside its hours"),
            For::Cooling => format!("It waits because {it} rests after failures"),
            For::Disabled => format!("It waits because {it} is disabled"),
            For::Sim if self.carrier.is_some() => {
                format!("It waits because {it} is not registered in a network")
            }
            For::Sim => "It waits for a SIM that is registered in a network".to_owned(),
            For::Uplink if self.carrier.is_some() => format!("It waits because {it} is not bound"),
            For::Uplink => "It waits for an uplink that is bound".to_owned(),
            For::Route => "It waits because no route leads to anything that may send it".to_owned(),
        };
        match self.waiting.until {
            Some(until) => format!("{what}, until {until}."),
            None => format!("{what}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Waiting;
    use super::*;
    use model::{Carrier, Time};

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
            closed.sentence(Some("shop")),
            "It waits because SIM shop is outside its hours, until 1970-01-01T00:00:00.000Z."
        );
        let uplink = obstacle(For::Uplink, None, Some("uplink:up".parse().unwrap()));
        assert_eq!(
            uplink.sentence(Some("uplink:up")),
            "It waits because uplink up is not bound."
        );
        assert_eq!(
            obstacle(For::Sim, None, None).sentence(None),
            "It waits for a SIM that is registered in a network."
        );
    }
}
