//! All ports of one modem, which come and go together.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::Poll;

use super::clients::Clients;
use super::port::Port;

/// The most ports of one modem.
pub(super) const MOST: usize = 4;

/// What a modem's ports are and how they behave.
#[derive(Debug)]
pub(super) struct Ports {
    /// The name of the first; the others have a number behind it.
    link: PathBuf,
    count: usize,
    /// Ports on which the modem neither hears nor answers.
    mute: Vec<usize>,
    /// None while the modem is unplugged.
    open: Vec<Port>,
    /// Open file descriptors, for each port.
    clients: Vec<usize>,
    /// What is said while nobody listens is kept: always, or as long as the modem wants it.
    always_keeps: bool,
    keeps: bool,
}

/// What came of waiting for the ports.
#[derive(Debug)]
pub(super) enum Transfer {
    /// So many octets were read at a port.
    Read {
        port: usize,
        count: usize,
    },
    Written,
}

impl Ports {
    pub(super) fn new(link: PathBuf, count: usize, mute: Vec<usize>, keep_unread: bool) -> Self {
        Self {
            link,
            count,
            mute,
            open: Vec::new(),
            clients: vec![0; count],
            always_keeps: keep_unread,
            keeps: false,
        }
    }

    /// The name of the first port.
    pub(super) fn link(&self) -> &Path {
        &self.link
    }

    pub(super) fn rename(&mut self, name: &str) {
        self.link = self.link.with_file_name(name);
    }

    fn link_of(&self, port: usize) -> PathBuf {
        if port == 0 {
            return self.link.clone();
        }
        let mut name = self.link.file_name().unwrap_or_default().to_owned();
        name.push(format!("-{port}"));
        self.link.with_file_name(name)
    }

    /// Opens all of them, and has them watched as those of `slot`.
    pub(super) fn open(&mut self, clients: &Clients, slot: usize) -> io::Result<()> {
        let mut open = Vec::new();
        for number in 0..self.count {
            let port = Port::open(self.link_of(number))?;
            clients.watch(slot, number, port.device())?;
            open.push(port);
        }
        self.open = open;
        self.clients.fill(0);
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.open.clear();
        self.clients.fill(0);
    }

    pub(super) fn are_there(&self) -> bool {
        !self.open.is_empty()
    }

    /// How many have any of them open.
    pub(super) fn clients(&self) -> usize {
        self.clients.iter().sum()
    }

    pub(super) fn clients_changed(&mut self, number: usize, open: usize) {
        let (Some(port), Some(clients)) = (self.open.get_mut(number), self.clients.get_mut(number))
        else {
            return;
        };
        *clients = open;
        if open == 0 {
            port.client_left(self.keeps || self.always_keeps);
        }
    }

    /// Whether what is said while nobody listens is kept, beside what the bank's options say.
    pub(super) fn keep_unread(&mut self, keep: bool) {
        self.keeps = keep;
    }

    /// Writes to a port, if there is one and somebody listens or will.
    pub(super) fn write(&mut self, number: usize, bytes: &[u8]) {
        let listened = self.clients.get(number).is_some_and(|open| *open > 0);
        if let Some(port) = self.open.get_mut(number)
            && (listened || self.keeps || self.always_keeps)
        {
            port.write(bytes);
        }
    }

    /// Waits for octets at any port, or for room where some wait to be written.
    pub(super) async fn transfer(&mut self) -> io::Result<Transfer> {
        match self.open.as_mut_slice() {
            [] => pending().await,
            [port] => transfer_one(0, port).await,
            ports => {
                let waits = ports.iter_mut().enumerate();
                let mut waits: Vec<
                    Pin<Box<dyn Future<Output = io::Result<Transfer>> + Send + '_>>,
                > = waits
                    .map(|(number, port)| Box::pin(transfer_one(number, port)) as _)
                    .collect();
                poll_fn(|context| {
                    for wait in &mut waits {
                        if let Poll::Ready(transfer) = wait.as_mut().poll(context) {
                            return Poll::Ready(transfer);
                        }
                    }
                    Poll::Pending
                })
                .await
            }
        }
    }

    /// Whoever writes is there, though the word of the opening may come later. True when nobody was.
    pub(super) fn somebody_wrote(&mut self, number: usize) -> bool {
        let was_alone = self.clients() == 0;
        if let Some(clients) = self.clients.get_mut(number) {
            *clients = (*clients).max(1);
        }
        was_alone
    }

    /// The octets that were read at a port; none at a port where the modem hears nothing.
    pub(super) fn heard(&self, number: usize, count: usize) -> Option<&[u8]> {
        if self.mute.contains(&number) {
            return None;
        }
        Some(self.open.get(number)?.read(count))
    }
}

async fn transfer_one(number: usize, port: &mut Port) -> io::Result<Transfer> {
    let read = port.transfer().await?;
    Ok(read.map_or(Transfer::Written, |count| Transfer::Read {
        port: number,
        count,
    }))
}
