//! What the demo prints when it is up: lines that work when they are pasted.

use std::net::SocketAddr;

/// Everything that a newcomer needs, with the key in each line: it opens nothing else.
pub(super) fn text(address: SocketAddr, modems: u16, key: &str) -> String {
    let curl = format!("curl -s -H 'Authorization: Bearer {key}'");
    let api = format!("http://{address}/api/v1");
    let plural = if modems == 1 { "" } else { "s" };
    format!(
        "\
simgate runs on {modems} virtual modem{plural}; nothing leaves this machine.

  API       {api}
  OpenAPI   {api}/openapi.json
  Health    http://{address}/readyz
  Key       {key}

Send a message, and read what became of it:

  {curl} {api}/messages -H 'Content-Type: application/json' -d '{{\"to\": \"+84901234567\", \"text\": \"Hello from simgate\", \"reference\": \"hello\"}}'
  {curl} '{api}/messages?reference=hello'

Messages come in by themselves every few seconds:

  {curl} '{api}/messages?direction=inbound&limit=5'

The SIMs, and everything that happens, as it happens:

  {curl} {api}/sims
  {curl} -N {api}/events

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
        let text = text(([127, 0, 0, 1], 8080).into(), 1, "sg_x");
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.trim().starts_with("curl "))
            .collect();
        assert_eq!(lines.len(), 5);
        for line in lines {
            assert!(line.contains("Bearer sg_x") && line.contains("http://127.0.0.1:8080/api/v1/"));
        }
        assert!(text.contains("1 virtual modem;"));
    }
}
