//! The two ways to a host. Both may be in use at once: the bank is one.

use bank_controller::Link;
use bank_wire::Frame;
use embassy_futures::select::{Either, select};
use embassy_rp::uart::{Blocking, Uart};
use embassy_time::{Duration, Ticker, Timer, with_timeout};
use embassy_usb::driver::EndpointError;
use embedded_hal_nb::{nb, serial};

use crate::board::Board;
use crate::usb::{PACKET, Port};

/// How soon a host is told of a change.
const EVENTS: Duration = Duration::from_millis(10);
/// A host that takes nothing for so long does without.
const PATIENCE: Duration = Duration::from_millis(500);
/// At 115,200 baud the UART's 32 octets are full after 2.7 ms.
const POLL: Duration = Duration::from_millis(1);

/// Talks to the host on USB, for ever.
pub(crate) async fn by_usb(board: &Board, mut port: Port) {
    loop {
        port.wait_connection().await;
        // A host that has gone: the next one says hello first.
        let _ = talk(board, &mut port).await;
    }
}

async fn talk(board: &Board, port: &mut Port) -> Result<(), EndpointError> {
    let mut link = Link::new();
    let mut packet = [0; PACKET];
    loop {
        match select(port.read_packet(&mut packet), Timer::after(EVENTS)).await {
            Either::First(length) => {
                for &octet in &packet[..length?] {
                    if let Some(reply) = board.feed(&mut link, octet) {
                        send(port, &reply).await?;
                    }
                }
            }
            Either::Second(()) => {
                while let Some(event) = board.event(&mut link) {
                    send(port, &event).await?;
                }
            }
        }
    }
}

async fn send(port: &mut Port, frame: &Frame) -> Result<(), EndpointError> {
    let octets = frame.octets();
    let sent = with_timeout(PATIENCE, async {
        port.write_packet(octets).await?;
        // A full packet says that more follows, unless an empty one does.
        if octets.len() == PACKET {
            port.write_packet(&[]).await?;
        }
        Ok(())
    });
    // A host that does not read gets the next frame, or none.
    sent.await.unwrap_or(Ok(()))
}

/// Talks to the host on UART0, for ever. The UART is polled: its interrupts would gain nothing
/// beside a tick every few milliseconds.
pub(crate) async fn by_uart(board: &Board, mut uart: Uart<'static, Blocking>) {
    let mut link = Link::new();
    let mut ticker = Ticker::every(POLL);
    loop {
        ticker.next().await;
        while let Some(octet) = received(&mut uart) {
            if let Some(reply) = board.feed(&mut link, octet) {
                write(&mut uart, &reply).await;
            }
        }
        if let Some(event) = board.event(&mut link) {
            write(&mut uart, &event).await;
        }
    }
}

/// The next octet. One that came damaged is left out: the frame's checksum tells.
fn received(uart: &mut Uart<'static, Blocking>) -> Option<u8> {
    loop {
        match serial::Read::read(uart) {
            Ok(octet) => return Some(octet),
            Err(nb::Error::WouldBlock) => return None,
            Err(nb::Error::Other(_)) => {}
        }
    }
}

/// Half of the UART's own buffer at a time, so that nobody waits for the line: sixteen octets take
/// 1.4 ms.
async fn write(uart: &mut Uart<'static, Blocking>, frame: &Frame) {
    for piece in frame.octets().chunks(16) {
        let _ = uart.blocking_write(piece);
        Timer::after_millis(2).await;
    }
}
