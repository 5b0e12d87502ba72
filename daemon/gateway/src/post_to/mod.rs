//! Where posts may go: the addresses of webhooks and the `callback_url`s of messages.

mod address;
mod target;

pub(crate) use address::Addresses;
pub use address::Forbidden;
pub(crate) use target::Target;

impl Addresses {
    /// What is wrong with an address as a client or an operator gives it, as far as it says so itself: a
    /// name may lead elsewhere by the time of the post.
    pub(crate) fn check_url(&self, url: &str) -> Result<(), String> {
        let target = Target::of(url)?;
        let known = target.known_address().map(|address| self.check(address));
        known
            .unwrap_or(Ok(()))
            .map_err(|forbidden| forbidden.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::PostTo;

    #[test]
    fn what_may_not_be_posted_to_is_told_where_the_address_says_so_itself() {
        let own = "192.168.1.2:8080".parse().unwrap();
        let addresses = Addresses::new(vec![PostTo::Lan, PostTo::Internet], vec![own]);
        for (url, why) in [
            ("http://127.0.0.1/", "this machine"),
            ("https://[::1]:8443/x", "this machine"),
            ("http://[::ffff:127.0.0.1]/", "this machine"),
            ("http://localhost:8025/", "this machine"),
            ("http://LOCALHOST./", "this machine"),
            ("http://api.localhost/", "this machine"),
            ("http://169.254.169.254/latest", "metadata"),
            ("http://192.168.1.2:8080/api/v1/keys", "own API"),
            ("http://u@192.168.1.3/", "user name"),
        ] {
            let refused = addresses.check_url(url).unwrap_err();
            assert!(refused.contains(why), "{url}: {refused}");
        }
        for url in [
            "http://192.168.1.2/",
            "http://localhost.example/",
            "http://h/",
        ] {
            assert_eq!(addresses.check_url(url), Ok(()), "{url}");
        }
    }
}
