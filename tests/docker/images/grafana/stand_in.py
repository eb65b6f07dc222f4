"""Stands in for Grafana: it reads what the kit renders for Grafana as Grafana does, and reports what it found.

- At the start it fails without a password, and if it cannot write its data. The official image would use admin/admin.
- /api/health answers as Grafana does.
- /api/org needs the login.
- /stand-in lists the provisioned files, and /stand-in/reach?url=… asks another component from inside.

It draws nothing and runs no query.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

Query = dict[str, list[str]]

PROVISIONING = Path("/etc/grafana/provisioning")


def setting(name: str) -> str:
    """The value of a setting, or of the file that NAME__FILE names: the official image's script does the same."""
    path = os.environ.get(f"{name}__FILE")
    return Path(path).read_text().rstrip("\n") if path else os.environ.get(name, "")


PASSWORD = setting("GF_SECURITY_ADMIN_PASSWORD")
if not PASSWORD or PASSWORD == "admin" or not setting("GF_SECURITY_SECRET_KEY"):
    sys.exit("no password, or no key")
Path(os.environ["GF_PATHS_DATA"], "grafana.db").touch()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        answers = {
            "/api/health": self.health,
            "/api/org": self.org,
            "/stand-in": self.files,
            "/stand-in/reach": self.reach,
        }
        if url.path not in answers:
            self.answer({}, 404)
            return
        answers[url.path](parse_qs(url.query))

    def health(self, query: Query) -> None:
        self.answer({"database": "ok", "version": "stand-in"})

    def org(self, query: Query) -> None:
        known = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        good = self.headers.get("Authorization") == known
        self.answer({"name": "Main Org."} if good else {}, 200 if good else 401)

    def files(self, query: Query) -> None:
        found = [*PROVISIONING.rglob("*.yaml"), *Path("/etc/grafana/dashboards").glob("*.json")]
        self.answer({"uid": os.getuid(), "files": {str(path): path.read_text() for path in found}})

    def reach(self, query: Query) -> None:
        try:
            with urllib.request.urlopen(query["url"][0], timeout=10) as answer:  # noqa: S310
                self.answer({"status": answer.status})
        except urllib.error.HTTPError as error:
            self.answer({"status": error.code})
        except OSError as error:
            self.answer({"status": 0, "why": str(error)})

    def answer(self, document: object, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


ThreadingHTTPServer(("0.0.0.0", int(os.environ["GF_SERVER_HTTP_PORT"])), Handler).serve_forever()
