//! The other end of the demo's uplink: an SMSC that takes every message and reports it as delivered.
//!
//! As little of SMPP 3.4 as that needs, in octets; it listens on the loopback address alone.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};

const SUBMIT_SM: u32 = 0x04;
const DELIVER_SM: u32 = 0x05;
/// Set in the id of a response.
const RESP: u32 = 0x8000_0000;
const HEAD: usize = 16;
/// No PDU that comes here is longer.
const LONGEST: usize = 64 * 1024;
/// After a connection that broke.
const PAUSE: Duration = Duration::from_millis(100);
/// From a message to its receipt.
const REPORTED_AFTER: Duration = Duration::from_millis(1500);

/// Serves one connection after the other.
pub(super) async fn serve(listener: TcpListener) -> Infallible {
    loop {
        let served = match listener.accept().await {
            Ok((stream, _)) => converse(stream).await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::debug!(%error, "the demo's SMSC lost its client");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn converse(stream: TcpStream) -> io::Result<()> {
    let (mut reading, mut writing) = stream.into_split();
    let mut sequence = 0;
    loop {
        let mut head = [0; HEAD];
        reading.read_exact(&mut head).await?;
        let [length, id, _, number] = words(&head);
        let rest = (length as usize)
            .checked_sub(HEAD)
            .filter(|rest| *rest <= LONGEST);
        let mut body = vec![0; rest.ok_or(io::ErrorKind::InvalidData)?];
        reading.read_exact(&mut body).await?;
        match id {
            SUBMIT_SM => {
                sequence += 1;
                let name = format!("{sequence:08x}");
                write(
                    &mut writing,
                    id | RESP,
                    number,
                    &[name.as_bytes(), &[0]].concat(),
                )
                .await?;
                tokio::time::sleep(REPORTED_AFTER).await;
                if let Some(receipt) = receipt(&body, &name) {
                    write(&mut writing, DELIVER_SM, sequence, &receipt).await?;
                }
            }
            // A bind is answered with the SMSC's name; what else asks for an answer has none in it.
            0x01 | 0x02 | 0x09 => write(&mut writing, id | RESP, number, b"demo\0").await?,
            id if id & RESP == 0 => write(&mut writing, id | RESP, number, &[]).await?,
            _ => {}
        }
    }
}

fn words(head: &[u8; HEAD]) -> [u32; 4] {
    let (words, _) = head.as_chunks::<4>();
    [0, 1, 2, 3].map(|at| u32::from_be_bytes(words[at]))
}

async fn write(
    writing: &mut OwnedWriteHalf,
    id: u32,
    sequence: u32,
    body: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(HEAD + body.len()).map_err(io::Error::other)?;
    let head = [length, id, 0, sequence].map(u32::to_be_bytes).concat();
    writing.write_all(&[head, body.to_vec()].concat()).await
}

/// The body of the `deliver_sm` that reports a `submit_sm`, from its recipient to its sender (appendix B).
fn receipt(submit: &[u8], name: &str) -> Option<Vec<u8>> {
    let (_, rest) = cut(submit)?;
    let (source, rest) = address(rest)?;
    let (destination, _) = address(rest)?;
    let text = format!(
        "id:{name} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:"
    );
    let mut body = vec![0];
    body.extend_from_slice(destination);
    body.extend_from_slice(source);
    // esm_class says that this is a receipt; the octets between it and the length of the text are all 0.
    body.extend([0x04, 0, 0, 0, 0, 0, 0, 0, 0]);
    body.push(u8::try_from(text.len()).ok()?);
    body.extend_from_slice(text.as_bytes());
    Some(body)
}

/// TON, NPI and a number up to its end, and what follows.
fn address(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = octets.get(2..)?.iter().position(|octet| *octet == 0)?;
    octets.split_at_checked(2 + end + 1)
}

/// A text up to its end, and what follows.
fn cut(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = octets.iter().position(|octet| *octet == 0)?;
    octets.split_at_checked(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_goes_back_to_the_sender() {
        let submit =
            b"\0\x01\x0184900000001\0\x01\x01447700900123\0\x00\x00\x00\0\0\x01\x00\x00\x00\x02hi";
        let receipt = receipt(submit, "0000002a").unwrap();
        assert!(receipt.starts_with(b"\0\x01\x01447700900123\0\x01\x0184900000001\0\x04"));
        assert!(receipt.ends_with(b"stat:DELIVRD err:000 text:"));
        assert!(String::from_utf8_lossy(&receipt).contains("id:0000002a "));
    }

    #[test]
    fn what_is_no_message_has_no_receipt() {
        for octets in [&b""[..], b"\0", b"\0\x01\x01849", b"\0\x01\x01849\0\x01"] {
            assert_eq!(receipt(octets, "1"), None);
        }
    }
}
