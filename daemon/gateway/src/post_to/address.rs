//! Where posts may go. What is asked is the address that a post is about to connect to, not a name:
//! a name may lead anywhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::settings::PostTo;

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Internet,
    /// Private networks.
    Lan,
    Loopback,
    LinkLocal,
    /// Where clouds tell a machine its secrets.
    Metadata,
    /// Nobody in particular: unspecified, multicast, broadcast, reserved.
    Nobody,
}

/// Metadata services: those of most clouds, of AWS for containers and its resolver, of Alibaba, Oracle
/// and Azure.
const METADATA_V4: [Ipv4Addr; 7] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(169, 254, 169, 253),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
];

/// Why an address is not posted to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {what}, which webhooks.allow does not allow")]
pub struct Forbidden {
    address: IpAddr,
    what: &'static str,
}

/// Where posts may go.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    allow: Vec<PostTo>,
    /// Where this gateway listens.
    own: Vec<SocketAddr>,
}

impl Addresses {
    pub(crate) fn new(allow: Vec<PostTo>, own: Vec<SocketAddr>) -> Self {
        Self { allow, own }
    }

    /// Whether a post may go there.
    pub(crate) fn check(&self, target: SocketAddr) -> Result<(), Forbidden> {
        let address = canonical(target.ip());
        let kind = Kind::of(address);
        let forbidden = |what| Err(Forbidden { address, what });
        if self.is_own(SocketAddr::new(address, target.port())) {
            return forbidden("the gateway's own API");
        }
        if matches!(kind, Kind::Metadata | Kind::Nobody) || !self.allows(address, kind) {
            return forbidden(kind.what());
        }
        Ok(())
    }

    fn allows(&self, address: IpAddr, kind: Kind) -> bool {
        self.allow.iter().any(|to| match to {
            PostTo::Internet => kind == Kind::Internet,
            PostTo::Lan => kind == Kind::Lan,
            PostTo::Loopback => kind == Kind::Loopback,
            PostTo::LinkLocal => kind == Kind::LinkLocal,
            PostTo::Net(net) => net.contains(&address),
        })
    }

    fn is_own(&self, target: SocketAddr) -> bool {
        let mut on_port = self.own.iter().filter(|own| own.port() == target.port());
        on_port.any(|own| {
            let listens = own.ip().to_canonical();
            // It listens on all addresses that this machine has: only such can be bound.
            listens == target.ip()
                || listens.is_unspecified() && UdpSocket::bind((target.ip(), 0)).is_ok()
        })
    }
}

impl Kind {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            _ if METADATA_V4.contains(&address) => Self::Metadata,
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            // RFC 1918, and the shared space of providers (RFC 6598).
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Self::Lan,
            [0 | 224..=255, ..] => Self::Nobody,
            _ => Self::Internet,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        match address.segments() {
            _ if address.is_loopback() => Self::Loopback,
            // The others of ::/96 once held IPv4 addresses (RFC 4291 §2.5.5.1); multicast.
            [0, 0, 0, 0, 0, 0, ..] | [0xff00..=0xffff, ..] => Self::Nobody,
            // Of AWS, Google and OpenStack.
            [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] | [0xfe80, .., 0xa9fe, 0xa9fe] => {
                Self::Metadata
            }
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            // And what a network translates by itself (RFC 8215).
            [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x64, 0xff9b, 1, ..] => Self::Lan,
            _ => Self::Internet,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Internet => "on the internet",
            Self::Lan => "in a local network",
            Self::Loopback => "this machine itself",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a metadata service",
            Self::Nobody => "no host's address",
        }
    }
}

/// An IPv4 address that an IPv6 address stands for: mapped, translated (RFC 7915), by NAT64 (RFC 6052), by
/// 6to4 (RFC 3056).
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else {
        return address.to_canonical();
    };
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0x64, 0xff9b, 0 | 1, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x2002, high, low, ..] => v4(high, low),
        _ => IpAddr::V6(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default() -> Addresses {
        // The API, and the listener beside it that redirects to it.
        let own = [8080, 8000].map(|port| SocketAddr::from(([192, 168, 1, 2], port)));
        Addresses::new(vec![PostTo::Lan, PostTo::Internet], own.to_vec())
    }

    fn at(addresses: &Addresses, address: &str) -> Result<(), String> {
        let target = SocketAddr::new(address.parse().unwrap(), 80);
        addresses.check(target).map_err(|error| error.to_string())
    }

    #[test]
    fn by_default_posts_go_to_local_networks_and_the_internet() {
        for address in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.255.1",
            "100.64.0.1",
            "203.0.114.9",
            "8.8.8.8",
            "fd12::1",
            "2606:4700::1111",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1:7f00:0:100::",
        ] {
            assert_eq!(at(&default(), address), Ok(()), "{address}");
        }
    }

    #[test]
    fn by_default_posts_go_nowhere_else() {
        for (address, what) in [
            ("127.0.0.1", "this machine itself"),
            ("127.9.9.9", "this machine itself"),
            ("::1", "this machine itself"),
            ("::ffff:127.0.0.1", "this machine itself"),
            ("64:ff9b::127.0.0.1", "this machine itself"),
            ("2002:7f00:1::", "this machine itself"),
            ("169.254.1.1", "link-local"),
            ("fe80::1", "link-local"),
            ("169.254.169.254", "metadata"),
            ("::ffff:169.254.169.254", "metadata"),
            ("64:ff9b::a9fe:a9fe", "metadata"),
            ("169.254.170.2", "metadata"),
            ("100.100.100.200", "metadata"),
            ("fd00:ec2::254", "metadata"),
            ("fd00:ec2::23", "metadata"),
            ("fd20:ce::254", "metadata"),
            ("fe80::a9fe:a9fe", "metadata"),
            ("169.254.170.23", "metadata"),
            ("192.0.0.192", "metadata"),
            ("168.63.129.16", "metadata"),
            ("::ffff:0:7f00:1", "this machine itself"),
            ("0.0.0.0", "no host"),
            ("0.1.2.3", "no host"),
            ("::", "no host"),
            ("::7f00:1", "no host"),
            ("224.0.0.1", "no host"),
            ("240.0.0.1", "no host"),
            ("255.255.255.255", "no host"),
            ("ff02::1", "no host"),
        ] {
            let refused = at(&default(), address).unwrap_err();
            assert!(refused.contains(what), "{address}: {refused}");
        }
    }

    #[test]
    fn what_is_allowed_is_what_the_setting_says() {
        let net = PostTo::Net("10.0.0.0/8".parse().unwrap());
        let only = Addresses::new(vec![net], Vec::new());
        assert_eq!(at(&only, "10.1.2.3"), Ok(()));
        assert_eq!(at(&only, "::ffff:10.1.2.3"), Ok(()));
        assert!(at(&only, "192.168.1.1").is_err());
        assert!(at(&only, "8.8.8.8").is_err());
        let all = Addresses::new(
            vec![
                PostTo::Net("0.0.0.0/0".parse().unwrap()),
                PostTo::Net("::/0".parse().unwrap()),
            ],
            Vec::new(),
        );
        assert_eq!(at(&all, "127.0.0.1"), Ok(()));
        assert_eq!(at(&all, "fe80::1"), Ok(()));
        for never in ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "ff02::1"] {
            assert!(at(&all, never).is_err(), "{never}");
        }
    }

    #[test]
    fn the_gateway_does_not_post_to_itself() {
        for own in ["192.168.1.2:8080", "192.168.1.2:8000"] {
            let refused = default().check(own.parse().unwrap()).unwrap_err();
            assert!(refused.to_string().contains("own API"), "{refused}");
        }
        assert_eq!(default().check("192.168.1.2:80".parse().unwrap()), Ok(()));
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 8080));
        let all = Addresses::new(vec![PostTo::Loopback, PostTo::Internet], vec![everywhere]);
        let here = "127.0.0.1:8080".parse().unwrap();
        assert!(all.check(here).unwrap_err().to_string().contains("own API"));
        assert_eq!(all.check("127.0.0.1:8081".parse().unwrap()), Ok(()));
        assert_eq!(all.check("8.8.8.8:8080".parse().unwrap()), Ok(()));
    }
}
