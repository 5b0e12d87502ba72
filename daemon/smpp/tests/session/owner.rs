//! The gateway's side: settings, and reading events.

use std::time::Duration;

use smpp::{
    Ack, Address, Arrival, Bind, DeliverSm, Doubt, Event, Link, Outcome, Settings, State, Status,
    SubmitSm, start,
};
use tokio::sync::mpsc::{Receiver, channel};

use super::smsc::{BIND_TRANSCEIVER, Pdu, Peer, Smsc, within};

pub(crate) fn settings(port: u16) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: None,
        system_id: "esme".to_owned(),
        password: "secret".to_owned(),
        system_type: String::new(),
        bind: Bind::Transceiver,
        address_range: String::new(),
        window: 10,
        rate_per_second: None,
        enquire_link: Duration::from_mins(1),
        response_timeout: Duration::from_secs(10),
        bind_timeout: Duration::from_secs(10),
    }
}

pub(crate) fn submit_sm() -> SubmitSm {
    SubmitSm {
        source: Address {
            ton: 5,
            npi: 0,
            addr: "Shop".to_owned(),
        },
        destination: Address {
            ton: 1,
            npi: 1,
            addr: "393331234567".to_owned(),
        },
        registered_delivery: 1,
        short_message: b"hello".to_vec(),
        ..SubmitSm::default()
    }
}

pub(crate) fn accepted(message_id: &str) -> Outcome {
    Outcome::Accepted {
        message_id: message_id.to_owned(),
    }
}

pub(crate) fn uncertain(why: Doubt) -> Outcome {
    Outcome::Uncertain { why }
}

pub(crate) struct Owner {
    pub(crate) link: Link,
    pub(crate) events: Receiver<Event>,
}

impl Owner {
    pub(crate) fn start(settings: Settings) -> Self {
        let (sender, events) = channel(1000);
        Self {
            link: start(settings, sender),
            events,
        }
    }

    /// A session bound to a new SMSC, with what `change` makes of the settings.
    pub(crate) async fn bound(change: impl FnOnce(&mut Settings)) -> (Self, Peer, Smsc) {
        let smsc = Smsc::new().await;
        let mut settings = settings(smsc.port());
        change(&mut settings);
        let mut owner = Self::start(settings);
        let peer = smsc.bound().await;
        owner.until(|state| state == State::Bound).await;
        (owner, peer, smsc)
    }

    /// A session whose bind waits for its answer.
    pub(crate) async fn binding() -> (Self, Peer, Pdu, Smsc) {
        let smsc = Smsc::new().await;
        let owner = Self::start(settings(smsc.port()));
        let mut peer = smsc.accept().await;
        let bind = peer.expect(BIND_TRANSCEIVER).await;
        (owner, peer, bind, smsc)
    }

    pub(crate) async fn event(&mut self) -> Event {
        within(self.events.recv()).await.expect("the session ended")
    }

    /// The next status whose state is wanted; nothing else may come before it.
    pub(crate) async fn until(&mut self, wanted: impl Fn(State) -> bool) -> Status {
        loop {
            match self.event().await {
                Event::Status(status) if wanted(status.state) => return status,
                Event::Status(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn down(&mut self) -> Status {
        self.until(|state| matches!(state, State::Waiting { .. } | State::Refused { .. }))
            .await
    }

    /// The next outcome, whatever status comes before it.
    pub(crate) async fn outcome(&mut self) -> (u64, Outcome) {
        loop {
            match self.event().await {
                Event::Answered {
                    submission,
                    outcome,
                } => return (submission, outcome),
                Event::Status(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn delivered(&mut self) -> (Ack, DeliverSm) {
        let (ack, deliver, _) = self.next_delivery().await;
        (ack, deliver)
    }

    /// The next delivery, whatever status comes before it.
    pub(crate) async fn next_delivery(&mut self) -> (Ack, DeliverSm, Arrival) {
        loop {
            match self.event().await {
                Event::Delivered {
                    ack,
                    deliver,
                    arrival,
                } => return (ack, deliver, arrival),
                Event::Status(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) fn submit(&self, submission: u64) {
        self.link
            .submit(submission, submit_sm())
            .expect("not taken");
    }
}
