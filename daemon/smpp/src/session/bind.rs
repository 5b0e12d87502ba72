//! From nothing to bound, as an ESME.

use std::time::Duration;

use rusmpp::values::InterfaceVersion;
use rusmpp::{CommandId, Pdu, pdus};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::codec::{Frame, FrameError};
use super::conn::{Conn, Io};
use super::convert::field;
use super::keepalive::Keepalive;
use super::tls::server_name;
use super::{Settings, TlsError, status};

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
    #[error("{} is out of its length or characters", .0)]
    Settings(&'static str),
}

impl BindError {
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
    let (sequence, _) = conn.request(bind_pdu(settings, role)?);
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
        id => tracing::debug!(?id, "answer to nothing before the bind was answered"),
    }
}

fn bind_pdu(settings: &Settings, role: Role) -> Result<Pdu, BindError> {
    let pdu = pdus::BindTransceiver::builder()
        .system_id(field(&settings.system_id).ok_or(BindError::Settings("system_id"))?)
        .password(field(&settings.password).ok_or(BindError::Settings("password"))?)
        .system_type(field(&settings.system_type).ok_or(BindError::Settings("system_type"))?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .address_range(field(&settings.address_range).ok_or(BindError::Settings("address_range"))?)
        .build();
    Ok(match role {
        Role::Transceiver => pdu.into(),
        Role::Transmitter => pdus::BindTransmitter::new(
            pdu.system_id,
            pdu.password,
            pdu.system_type,
            pdu.interface_version,
            pdu.addr_ton,
            pdu.addr_npi,
            pdu.address_range,
        )
        .into(),
        Role::Receiver => pdus::BindReceiver::new(
            pdu.system_id,
            pdu.password,
            pdu.system_type,
            pdu.interface_version,
            pdu.addr_ton,
            pdu.addr_npi,
            pdu.address_range,
        )
        .into(),
    })
}
