//! What the demo prints when it is up: lines that work when they are pasted.

use std::net::SocketAddr;
use std::path::Path;

/// What opens something.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'a> {
    pub(super) key: &'a str,
    /// Each works once: one for the link to the page, one for curl.
    pub(super) login_codes: [&'a str; 2],
    /// Where curl keeps the cookie of a log-in.
    pub(super) cookies: &'a Path,
}

/// Everything that a newcomer needs, with the key or the code in each line: they open nothing else.
pub(super) fn text(address: SocketAddr, modems: u16, secrets: Secrets<'_>) -> String {
    let Secrets {
        key,
        login_codes: [for_page, for_curl],
        cookies,
    } = secrets;
    let cookies = cookies.display();
    let curl = format!("curl -s -H 'Authorization: Bearer {key}'");
    let api = format!("http://{address}/api/v1");
    let pin = super::stage::PIN;
    let plural = if modems == 1 { "" } else { "s" };
    format!(
        "\
simgate runs on {modems} virtual modem{plural}; nothing leaves this machine.

Open its page; this link logs in at once, as the user `demo`, an admin. The link works once, within an hour:

  http://{address}/login?code={for_page}

For programs:

  API       {api}
  OpenAPI   {api}/openapi.json
  Health    http://{address}/readyz
  Key       {key}

Send a message, and read what became of it:

  {curl} {api}/messages -H 'Content-Type: application/json' -d '{{\"to\": \"+84901234567\", \"text\": \"Hello from simgate\", \"reference\": \"hello\"}}'
  {curl} '{api}/messages?reference=hello'

Messages come in by themselves every few seconds (of six SIMs or more one waits for its PIN, which is {pin}):

  {curl} '{api}/messages?direction=inbound&limit=5'

The SIMs, and everything that happens, as it happens:

  {curl} {api}/sims
  {curl} -N {api}/events

Log in as a page does; the code works once, within an hour:

  curl -s -c {cookies} {api}/session -H 'Content-Type: application/json' -d '{{\"login_code\": \"{for_curl}\"}}'
  curl -s -b {cookies} {api}/session

The same from this program:

  export SIMGATE_URL=http://{address} SIMGATE_KEY={key}
  simgate send +84901234567 'Hello again' --wait
  simgate messages list

Ctrl-C stops it and removes all of it.

"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_curl_line_carries_key_and_address() {
        let secrets = Secrets {
            key: "sg_x",
            login_codes: ["ijkl-mnop", "abcd-efgh"],
            cookies: Path::new("/tmp/demo/cookies"),
        };
        let text = text(([127, 0, 0, 1], 8080).into(), 1, secrets);
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.trim().starts_with("curl "))
            .collect();
        assert_eq!(lines.len(), 7);
        for line in lines {
            assert!(
                line.contains("Bearer sg_x") || line.contains("/tmp/demo/cookies"),
                "{line}"
            );
            assert!(line.contains("http://127.0.0.1:8080/api/v1/"), "{line}");
        }
        assert!(text.contains(r#""login_code": "abcd-efgh""#));
        assert!(text.contains("  http://127.0.0.1:8080/login?code=ijkl-mnop\n"));
        assert!(text.contains("1 virtual modem;"));
    }
}
