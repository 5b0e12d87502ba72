"""The files of the web page, as a gateway serves them."""

import re
import urllib.parse
import urllib.request

# What names another file: in the index by its path, in a script and a style by where it is from there. SvelteKit's
# list of what a route needs beforehand names files from the root, without a slash.
NAMES = re.compile(r"""["'(]((?:\.{1,2}/|/|_app/)[\w./@-]+\.(?:js|css|svg|png|webmanifest|woff2?))["')]""")
# Named by nothing that is read here: the picture in notifications, those of the manifest, the version that a page asks for.
OTHERS = ["/icon-192.png", "/icon-512.png", "/icon-maskable-512.png", "/_app/version.json"]
TEXTS = ("text/html", "text/javascript", "text/css")


def fetch(base, path, accepted="identity"):
    """Status, headers and octets of a file, in the coding that is accepted."""
    request = urllib.request.Request(base + path, headers={"Accept-Encoding": accepted, "Accept": "text/html,*/*;q=0.8"})
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.headers, answer.read()


def files(base):
    """The path of every file of the page: what the index names, and so on from there."""
    waiting, found = ["/", *OTHERS], []
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        _, headers, octets = fetch(base, path)
        if headers["Content-Type"].split(";")[0] not in TEXTS:
            continue
        for name in NAMES.findall(octets.decode()):
            waiting.append(urllib.parse.urljoin("/" if name.startswith("_app/") else path, name))
    return sorted(found)
