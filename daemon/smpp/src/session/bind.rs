//! From nothing to bound, as an ESME.

use std::time::Duration;

use model::UplinkTrouble;
use rusmpp::types::AnyOctetString;
use rusmpp::{CommandId, Pdu};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::codec::{Frame, FrameError};
use super::conn::{Conn, Io};
use super::keepalive::Keepalive;
use super::tls::server_name;
use super::{Settings, SettingsError, TlsError, status};

/// SMPP 3.4 (§5.2.4).
const INTERFACE_VERSION: u8 = 0x34;

/// Which bind a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Transceiver,
    Transmitter,
    Receiver,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Transceiver => "bind_transceiver",
            Self::Transmitter => "bind_transmitter",
            Self::Receiver => "bind_receiver",
        }
    }

    fn request(self) -> CommandId {
        match self {
            Self::Transceiver => CommandId::BindTransceiver,
            Self::Transmitter => CommandId::BindTransmitter,
            Self::Receiver => CommandId::BindReceiver,
        }
    }

    fn response(self) -> CommandId {
        match self {
            Self::Transceiver => CommandId::BindTransceiverResp,
            Self::Transmitter => CommandId::BindTransmitterResp,
            Self::Receiver => CommandId::BindReceiverResp,
        }
    }
}

/// Why there is no bind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    #[error("TLS handshake failed: {0}")]
    Handshake(std::io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{0} took longer than {1:?}")]
    Timeout(&'static str, Duration),
    #[error("the connection ended before the bind was answered: {0}")]
    Ended(FrameError),
    #[error("{} refused: {}", .0.name(), status::name(*.1))]
    Refused(Role, u32),
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl BindError {
    /// What it is for programs.
    pub(crate) fn trouble(&self) -> UplinkTrouble {
        match self {
            Self::Connect(_) => UplinkTrouble::Connect,
            Self::Handshake(_) => UplinkTrouble::Tls,
            Self::Tls(_) | Self::Settings(_) => UplinkTrouble::Settings,
            Self::Timeout(..) => UplinkTrouble::Timeout,
            Self::Ended(_) => UplinkTrouble::Closed,
            Self::Refused(..) => UplinkTrouble::Refused,
        }
    }

    /// Whether asking again soon is of no use.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_, status) => !status::bind_may_pass(*status),
            Self::Settings(_) | Self::Tls(_) => true,
            _ => false,
        }
    }
}

/// TCP and TLS.
pub(crate) async fn connect(settings: &Settings) -> Result<Conn, BindError> {
    let limit = settings.bind_timeout;
    let address = (settings.host.as_str(), settings.port);
    let stream = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| BindError::Timeout("connecting", limit))?
        .map_err(BindError::Connect)?;
    // Batches are made here; the kernel's waiting would only add to them.
    stream.set_nodelay(true).map_err(BindError::Connect)?;
    let io: Box<dyn Io> = match &settings.tls {
        None => Box::new(stream),
        Some(tls) => {
            let name = server_name(tls.server_name.as_deref().unwrap_or(&settings.host))?;
            let handshake = TlsConnector::from(tls.config()?).connect(name, stream);
            let stream = timeout(limit, handshake)
                .await
                .map_err(|_| BindError::Timeout("the TLS handshake", limit))?
                .map_err(BindError::Handshake)?;
            Box::new(stream)
        }
    };
    let keepalive = Keepalive::new(
        settings.enquire_link,
        settings.response_timeout,
        Instant::now(),
    );
    Ok(Conn::new(io, keepalive))
}

/// Sends the bind PDU and waits for its answer.
pub(crate) async fn bind(
    conn: &mut Conn,
    settings: &Settings,
    role: Role,
) -> Result<(), BindError> {
    settings.check_fields()?;
    let (sequence, _) = conn.request(bind_pdu(settings, role));
    let limit = settings.bind_timeout;
    let status = timeout(limit, bind_status(conn, role, sequence))
        .await
        .map_err(|_| BindError::Timeout("the answer to the bind", limit))?
        .map_err(BindError::Ended)?;
    if status == status::ROK {
        Ok(())
    } else {
        Err(BindError::Refused(role, status))
    }
}

async fn bind_status(conn: &mut Conn, role: Role, sequence: u32) -> Result<u32, FrameError> {
    loop {
        let frame = conn.next().await?;
        match frame.id {
            // The body is not looked at: an interface_version other than ours, or a
            // system_id too long, is no reason to go without the bind.
            id if id == role.response() && frame.sequence == sequence => return Ok(frame.status),
            CommandId::GenericNack if [sequence, 0].contains(&frame.sequence) => {
                // A nack of 0 is a refusal all the same.
                return Ok(if frame.status == status::ROK {
                    status::RUNKNOWNERR
                } else {
                    frame.status
                });
            }
            _ => not_bound_yet(conn, &frame),
        }
    }
}

fn not_bound_yet(conn: &mut Conn, frame: &Frame) {
    match frame.id {
        CommandId::EnquireLink => conn.respond(status::ROK, frame.sequence, Pdu::EnquireLinkResp),
        CommandId::Unbind => conn.respond(status::ROK, frame.sequence, Pdu::UnbindResp),
        id if id.is_operation() => {
            conn.respond(status::RINVBNDSTS, frame.sequence, Pdu::GenericNack);
        }
        id => tracing::debug!(
            command = u32::from(id),
            "answer to nothing before the bind was answered"
        ),
    }
}

/// Written by ourselves: SMSCs have passwords and names longer than the standard's fields.
fn bind_pdu(settings: &Settings, role: Role) -> Pdu {
    let strings = [
        &settings.system_id,
        &settings.password,
        &settings.system_type,
    ];
    let mut body: Vec<u8> = strings
        .into_iter()
        .flat_map(|text| c_octets(text))
        .collect();
    body.extend([INTERFACE_VERSION, 0, 0]);
    body.extend(c_octets(&settings.address_range));
    Pdu::Other {
        command_id: role.request(),
        body: AnyOctetString::from_vec(body),
    }
}

fn c_octets(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().chain([0])
}
