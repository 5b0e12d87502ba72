"""Behind a reverse proxy: whose request it is, for allow-lists and the audit."""

from harness import Api


def test_allow_lists_and_the_audit_go_by_what_a_trusted_proxy_says(start_daemon):
    daemon = start_daemon(http='trusted_proxies = ["127.0.0.1"]')
    office = daemon.create_key("office", "admin", "--allow-from", "192.0.2.0/24")
    api = Api(daemon.port, office)
    new = {"name": "x", "scopes": ["send"], "allowed_from": ["192.0.2.7"]}
    api.request("POST", "/api/v1/keys", new).problem(403)
    for spoofed in ("198.51.100.1", "192.0.2.7, 198.51.100.1", "127.0.0.1", "192.0.2.7, 127.0.0.1, 198.51.100.1"):
        api.request("POST", "/api/v1/keys", new, {"X-Forwarded-For": spoofed}).problem(403)
    # The other header is not looked at.
    api.request("POST", "/api/v1/keys", new, {"Forwarded": "for=192.0.2.7"}).problem(403)
    api.request("POST", "/api/v1/keys", new, {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}).expect(201)
    entries = daemon.api().get("/api/v1/audit").expect(200)["items"]
    assert [entry["from"] for entry in entries if entry["actor"] == "key office"] == ["192.0.2.7"]


def test_without_trusted_proxies_nobody_speaks_for_another(start_daemon):
    daemon = start_daemon()
    office = daemon.create_key("office", "read", "--allow-from", "192.0.2.7")
    for headers in ({"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"X-Real-IP": "192.0.2.7"}):
        Api(daemon.port, office).request("GET", "/api/v1/sims", headers=headers).problem(403)
