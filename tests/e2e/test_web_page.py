"""The files of the web page as curl gets them: each one, in each form that a client may ask for."""

import re
import subprocess

from harness import webpage

FOR_EVER = "public, max-age=31536000, immutable"
KINDS = {
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "png": "image/png",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
}
# What is accepted, and what comes where the file is there compressed.
CODINGS = {"identity": None, "gzip": "gzip", "br": "br", "gzip, deflate, br": "br", "br;q=0, gzip": "gzip", "deflate": None, "*": "br"}
# Pictures are compressed by themselves, and the manifest fits a packet as it is.
COMPRESSED = ("js", "css", "svg", "json")
SMALL = 2500


def curl(base, path, *options):
    """The headers by their names in small letters, with `status`; and the body, decoded."""
    done = subprocess.run(["curl", "-sS", "-D", "/dev/stderr", *options, base + path], capture_output=True, check=True)
    status, *lines = done.stderr.decode().strip().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return {"status": int(status.split()[1]), **{name.lower(): value for name, value in headers.items()}}, done.stdout


def accepting(coding):
    # `--compressed` decodes what comes; the header says what is accepted.
    return ["--compressed", "-H", f"Accept-Encoding: {coding}"]


def ending(path):
    return path.rsplit(".", 1)[-1]


def test_every_file_comes_with_its_type_and_is_kept_as_long_as_it_stays_the_same(start_daemon):
    base = f"http://127.0.0.1:{start_daemon().port}"
    paths = [path for path in webpage.files(base) if path != "/"]
    assert len([path for path in paths if ending(path) == "js"]) > 50, paths
    for path in paths:
        headers, octets = curl(base, path)
        assert headers["status"] == 200 and octets, path
        assert headers["content-type"] == KINDS[ending(path)], path
        assert headers["x-content-type-options"] == "nosniff", path
        hashed = path.startswith("/_app/immutable/")
        assert headers["cache-control"] == (FOR_EVER if hashed else "no-cache"), path
        # The name changes with what it holds.
        assert not hashed or re.search(r"[.-]?[\w-]{8,}\.(js|css)$", path), path


def test_every_file_comes_in_the_coding_that_is_accepted(start_daemon):
    base = f"http://127.0.0.1:{start_daemon().port}"
    for path in webpage.files(base):
        _, plain = curl(base, path)
        for accepted, coding in CODINGS.items():
            headers, octets = curl(base, path, *accepting(accepted))
            there = path != "/" and ending(path) in COMPRESSED
            assert headers.get("content-encoding") == (coding if there else None), f"{path} {accepted}"
            assert headers["vary"] == "accept-encoding", path
            assert octets == plain, f"{path} {accepted}"
        if path != "/" and ending(path) in COMPRESSED and len(plain) > SMALL:
            sizes = [int(curl(base, path, "-H", f"Accept-Encoding: {one}")[0]["content-length"]) for one in ("br", "gzip")]
            assert sizes[0] <= sizes[1] < len(plain) * 0.75, f"{path} {sizes}"


def test_the_index_is_asked_for_again_and_allows_nothing_inline(start_daemon):
    base = f"http://127.0.0.1:{start_daemon().port}"
    for path in ("/", "/inbox/%2B84901234567", "/settings/uplinks/edit?name=a"):
        headers, octets = curl(base, path, "-H", "Accept: text/html")
        assert headers["status"] == 200 and headers["content-type"] == "text/html", path
        assert headers["cache-control"] == "no-cache", path
        policy = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'" and "script-src" not in policy and "style-src" not in policy, policy
        assert "unsafe" not in headers["content-security-policy"]
        page = octets.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", page), page
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page), page


def test_a_file_that_is_gone_is_not_the_index(start_daemon):
    base = f"http://127.0.0.1:{start_daemon().port}"
    for path in ("/_app/immutable/chunks/ABCDEFGH.js", "/_app/immutable/nodes/0.ABCDEFGH.js", "/_app/version.json.gz", "/icon.svg.br", "/_app/../index.html.br"):
        headers, _ = curl(base, path, "--path-as-is")
        assert headers["status"] == 404 and "immutable" not in headers["cache-control"], f"{path} {headers}"
