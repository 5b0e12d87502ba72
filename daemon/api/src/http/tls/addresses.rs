//! The addresses of this machine, and their changes, from the kernel (rtnetlink).

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{bind, recv, send, socket_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A kernel puts no more into one answer.
const BUFFER: usize = 32 * 1024;

/// `struct nlmsghdr`.
const HEADER: usize = 16;
/// `struct ifaddrmsg`.
const ABOUT: usize = 8;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const REQUEST_ALL: u16 = 0x301;
const RTMGRP_IPV4_IFADDR: u32 = 0x10;
const RTMGRP_IPV6_IFADDR: u32 = 0x100;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
/// Of one link, or of this machine, from here on.
const RT_SCOPE_LINK: u8 = 253;
const AF_INET6: u8 = 10;
/// Of an IPv6 address: used for a day to hide the machine, not to reach it (`IFA_F_TEMPORARY`); not
/// this machine's after all (`DADFAILED`), no longer (`DEPRECATED`) or not yet (`TENTATIVE`).
const NOT_TO_REACH_IT: u32 = 0x01 | 0x08 | 0x20 | 0x40;

/// Those by which other machines may come.
pub(super) fn current() -> io::Result<Vec<IpAddr>> {
    let socket = open(0, SocketFlags::CLOEXEC)?;
    send(&socket, &request(), SendFlags::empty())?;
    let mut buffer = vec![0; BUFFER];
    let mut found = Vec::new();
    loop {
        let (length, _) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
        if read(&buffer[..length], &mut found)? {
            return Ok(found);
        }
    }
}

/// Their changes from now on.
pub(super) struct Changes(AsyncFd<OwnedFd>);

impl Changes {
    #[expect(
        deprecated,
        reason = "its replacement is unsafe for the sake of types that are not an OwnedFd, which is sound"
    )]
    pub(super) fn from_now_on() -> io::Result<Self> {
        let groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
        let socket = open(groups, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
        Ok(Self(AsyncFd::with_interest(socket, Interest::READABLE)?))
    }

    /// Ends with the next one.
    pub(super) async fn next(&self) {
        // Which one it is does not matter: all are listed anew.
        if self.0.readable().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn open(groups: u32, flags: SocketFlags) -> io::Result<OwnedFd> {
    // Protocol 0 is NETLINK_ROUTE.
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    let socket = socket_with(family, kind, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

/// All addresses of all families.
fn request() -> [u8; HEADER + ABOUT] {
    let mut octets = [0; HEADER + ABOUT];
    octets[..4].copy_from_slice(&24_u32.to_ne_bytes());
    octets[4..6].copy_from_slice(&RTM_GETADDR.to_ne_bytes());
    octets[6..8].copy_from_slice(&REQUEST_ALL.to_ne_bytes());
    octets
}

/// Reads one answer; true when it was the last one.
fn read(mut octets: &[u8], found: &mut Vec<IpAddr>) -> io::Result<bool> {
    while let Some((header, _)) = octets.split_at_checked(HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(message) = octets.get(HEADER..length) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        match u16::from_ne_bytes([header[4], header[5]]) {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => return Err(io::Error::other("the kernel refuses to list addresses")),
            RTM_NEWADDR => found.extend(address(message)),
            _ => {}
        }
        octets = octets.get(aligned(length)..).unwrap_or_default();
    }
    Ok(false)
}

/// The address of one `RTM_NEWADDR`; none where it is not to be reached from other machines.
fn address(message: &[u8]) -> Option<IpAddr> {
    let (about, mut attributes) = message.split_at_checked(ABOUT)?;
    let (family, scope) = (about[0], about[3]);
    let mut flags = u32::from(about[2]);
    let (mut local, mut remote) = (None, None);
    while let Some((header, _)) = attributes.split_at_checked(4) {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let value = attributes.get(4..length)?;
        match u16::from_ne_bytes([header[2], header[3]]) {
            IFA_LOCAL => local = ip(value),
            IFA_ADDRESS => remote = ip(value),
            IFA_FLAGS => flags = u32::from_ne_bytes(value.try_into().ok()?),
            _ => {}
        }
        attributes = attributes.get(aligned(length)..).unwrap_or_default();
    }
    let hidden = family == AF_INET6 && flags & NOT_TO_REACH_IT != 0;
    // On a link between two points the other one's address is in IFA_ADDRESS.
    local
        .or(remote)
        .filter(|_| scope < RT_SCOPE_LINK && !hidden)
}

fn ip(octets: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(octets).ok().map(IpAddr::from);
    v4().or_else(v6)
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut octets = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        octets.extend(value);
        octets.resize(aligned(octets.len()), 0);
        octets
    }

    fn message(kind: u16, about: [u8; ABOUT], attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = [about.to_vec(), attributes.concat()].concat();
        let length = u32::try_from(HEADER + body.len()).unwrap();
        let mut octets = length.to_ne_bytes().to_vec();
        octets.extend(kind.to_ne_bytes());
        octets.resize(HEADER, 0);
        octets.extend(body);
        octets
    }

    fn new(family: u8, scope: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let about = [family, 24, 0, scope, 1, 0, 0, 0];
        message(RTM_NEWADDR, about, attributes)
    }

    #[test]
    fn addresses_that_others_can_come_to_are_found() {
        let v6 = |last: u8, flags: u32| {
            let mut octets = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            octets[15] = last;
            let flags = attribute(IFA_FLAGS, &flags.to_ne_bytes());
            new(AF_INET6, 0, &[attribute(IFA_ADDRESS, &octets), flags])
        };
        let here = attribute(IFA_LOCAL, &[192, 0, 2, 1]);
        let there = attribute(IFA_ADDRESS, &[192, 0, 2, 9]);
        let answer = [
            new(2, 0, &[there, here, attribute(3, b"eth0\0")]),
            new(2, 254, &[attribute(IFA_LOCAL, &[127, 0, 0, 1])]),
            new(2, RT_SCOPE_LINK, &[attribute(IFA_LOCAL, &[169, 254, 0, 1])]),
            v6(1, 0x80),
            v6(2, 0x81),
            v6(3, 0x20),
        ]
        .concat();
        let mut found = Vec::new();
        assert!(!read(&answer, &mut found).unwrap());
        let found: Vec<_> = found.iter().map(IpAddr::to_string).collect();
        assert_eq!(found, ["192.0.2.1", "2001:db8::1"]);
        assert!(read(&message(NLMSG_DONE, [0; 8], &[]), &mut Vec::new()).unwrap());
        assert!(read(&message(NLMSG_ERROR, [0; 8], &[]), &mut Vec::new()).is_err());
    }

    #[test]
    fn an_answer_that_is_cut_or_wrong_ends() {
        let whole = new(2, 0, &[attribute(IFA_LOCAL, &[192, 0, 2, 1])]);
        for length in 0..whole.len() {
            let mut found = Vec::new();
            let read = read(&whole[..length], &mut found);
            assert!(found.is_empty(), "{length}");
            assert_eq!(read.is_err(), length >= HEADER, "{length}");
        }
        for length in 0..HEADER {
            let mut wrong = whole.clone();
            wrong[..4].copy_from_slice(&u32::try_from(length).unwrap().to_ne_bytes());
            assert!(read(&wrong, &mut Vec::new()).is_err(), "{length}");
        }
        let mut endless = whole;
        endless[HEADER + ABOUT] = 0;
        let mut found = Vec::new();
        assert!(!read(&endless, &mut found).unwrap());
        assert!(found.is_empty());
    }

    #[tokio::test]
    async fn the_kernel_lists_them() {
        let found = current().unwrap();
        assert!(found.iter().all(|address| !address.is_loopback()));
        Changes::from_now_on().unwrap();
    }
}
