//! The task that hears one uplink's session.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesOrdered, StreamExt as _};
use smpp::{Ack, Arrival, Bind, DeliverSm, Event, Settings, State, Tls};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::deliver::Came;
use super::line::Line;
use super::outcome::{late_answer, outcome};
use super::overdue::{Accounts, Overdue};
use super::pieces::style;
use super::{UplinkLinks, deliver, time};
use crate::carriers::{JobId, Notice};
use model::{Carrier, UplinkBind, UplinkConfig, UplinkName};

/// Events on their way; the session reads nothing more while it is full.
const EVENTS: usize = 256;
/// Deliveries that are being stored; the session reads nothing more while there are so many.
const COMMITS: usize = 100;
const BIND_TIMEOUT: Duration = Duration::from_secs(15);

/// Starts a session, and the task that hears it. The task ends with the session.
pub(super) fn start(
    name: &UplinkName,
    config: UplinkConfig,
    links: UplinkLinks,
    accounts: &Accounts,
) -> (Line, JoinHandle<()>) {
    let (sender, events) = mpsc::channel(EVENTS);
    let config = Arc::new(config);
    let link = smpp::start(settings(&config), sender);
    let line = Line::new(Arc::clone(&config), link.clone());
    let response_timeout = Duration::from_secs(config.response_timeout_seconds.into());
    let bind = link.clone();
    let bound_since = move || bind.status().bound_since;
    let overdue = accounts.join(config.account_key(), response_timeout, bound_since);
    let hearer = Hearer {
        name: name.clone(),
        config,
        link,
        links,
        overdue,
        shown: None,
    };
    (line, tokio::spawn(hearer.hear(events)))
}

fn settings(config: &UplinkConfig) -> Settings {
    let tls = Tls {
        ca_pem: config.tls.ca.clone(),
        server_name: config.tls.server_name.clone(),
        client_cert_pem: config.tls.client_cert.clone(),
        client_key_pem: config.tls.client_key.clone(),
    };
    Settings {
        host: config.host.clone(),
        port: config.port,
        tls: config.tls.enabled.then_some(tls),
        system_id: config.system_id.clone(),
        password: config.password.clone(),
        system_type: config.system_type.clone(),
        bind: match config.bind {
            UplinkBind::Transceiver => Bind::Transceiver,
            UplinkBind::Pair => Bind::Pair,
        },
        address_range: String::new(),
        window: config.window,
        rate_per_second: config.rate_per_second,
        enquire_link: Duration::from_secs(config.enquire_link_seconds.into()),
        response_timeout: Duration::from_secs(config.response_timeout_seconds.into()),
        bind_timeout: BIND_TIMEOUT,
    }
}

struct Hearer {
    name: UplinkName,
    config: Arc<UplinkConfig>,
    link: smpp::Link,
    links: UplinkLinks,
    overdue: Overdue,
    /// What was told of it last.
    shown: Option<&'static str>,
}

impl Hearer {
    async fn hear(mut self, mut events: mpsc::Receiver<Event>) {
        // In the order in which they came: a message may have two receipts.
        let mut commits = FuturesOrdered::new();
        loop {
            tokio::select! {
                event = events.recv(), if commits.len() < COMMITS => match event {
                    Some(Event::Delivered { ack, deliver, arrival }) => {
                        commits.push_back(self.commit(ack, deliver, arrival));
                    }
                    Some(event) => {
                        if !self.handle(event).await {
                            break;
                        }
                    }
                    None => break,
                },
                Some((ack, stored)) = commits.next() => self.acknowledge(ack, stored),
            }
        }
        while let Some((ack, stored)) = commits.next().await {
            self.acknowledge(ack, stored);
        }
    }

    /// False at the end.
    async fn handle(&mut self, event: Event) -> bool {
        let notice = match event {
            Event::Status(status) => {
                self.show(&status);
                let changed = Notice::UplinkChanged(self.name.clone());
                self.links.scheduler.tell(changed).await;
                return status.state != State::Stopped;
            }
            Event::Answered {
                submission,
                outcome: answered,
            } => Some(Notice::Answered {
                carrier: Carrier::Uplink(self.name.clone()),
                job: JobId(submission),
                handed_over: answered != smpp::Outcome::NotSent,
                outcome: outcome(answered),
            }),
            Event::LateAnswer {
                submission,
                outcome,
            } => late_answer(outcome).map(|answer| Notice::LateAnswer {
                job: JobId(submission),
                answer,
            }),
            Event::Delivered { .. } => None,
        };
        if let Some(notice) = notice {
            self.links.scheduler.tell(notice).await;
        }
        true
    }

    /// Stores what came; many at a time share a commit.
    fn commit(
        &mut self,
        ack: Ack,
        deliver: DeliverSm,
        arrival: Arrival,
    ) -> impl Future<Output = (Ack, bool)> + use<> {
        let owed = self.overdue.take(&deliver, arrival);
        self.overdue.begin(&deliver, arrival);
        let came = Came {
            uplink: self.name.clone(),
            at: time(arrival.at),
            bound_since: time(arrival.bound_since),
            owed,
            sequence: arrival.sequence,
            counts_on: arrival.counts_on,
        };
        let (links, style) = (self.links.clone(), style(&self.config));
        async move { (ack, deliver::commit(links, came, style, deliver).await) }
    }

    fn acknowledge(&mut self, ack: Ack, stored: bool) {
        self.overdue.end(stored);
        self.link.acknowledge(ack, stored);
    }

    /// Tells a change of state once.
    fn show(&mut self, status: &smpp::Status) {
        let state = match status.state {
            State::Connecting | State::Binding => "connecting",
            State::Bound => "bound",
            State::Waiting { .. } => "waiting",
            State::Refused { .. } => "refused",
            State::Stopped => "stopped",
        };
        if self.shown == Some(state) {
            return;
        }
        self.shown = Some(state);
        let reason = status.last_error.as_deref().filter(|_| state != "bound");
        if let Some(reason) = reason {
            tracing::warn!(uplink = %self.name, state, reason, "uplink state");
        } else {
            tracing::info!(uplink = %self.name, state, "uplink state");
        }
        self.links.bus.uplink_state(&self.name, state, reason);
    }
}
