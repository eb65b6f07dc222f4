"""Keys and certificates for a node that speaks TLS, made by the Java runtime's own keytool."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.provision import Program
from tests.schema.java import JavaProgram

_PASSWORD = "changeit"


@dataclass(frozen=True)
class Keys:
    """A node's and a client's: each signs itself, and is what the other trusts.

    Attributes:
        options: what the node's config says of them.
    """

    ca: Path
    certificate: Path
    key: Path
    stranger: Path
    options: str


def make_keys(programs: Mapping[str, Program], folder: Path) -> Keys:
    """Make them, for a node at 127.0.0.1."""
    keytool = programs["java"].executable.with_name("keytool")

    def call(*arguments: str) -> None:
        subprocess.run(
            [str(keytool), *arguments, "-storepass", _PASSWORD, "-storetype", "PKCS12"],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip

    def pair(name: str) -> tuple[Path, Path]:
        store, certificate = folder / f"{name}.p12", folder / f"{name}.pem"
        call(
            "-genkeypair", "-alias", "node", "-keyalg", "EC", "-dname", f"CN={name}", "-validity", "30",
            "-ext", "san=ip:127.0.0.1", "-ext", "bc=ca:true", "-ext", "ku=digitalSignature,keyCertSign",
            "-keystore", str(store),
        )  # fmt: skip
        call("-exportcert", "-rfc", "-alias", "node", "-keystore", str(store), "-file", str(certificate))
        return store, certificate

    server, ca = pair("server")
    client, certificate = pair("client")
    _, stranger = pair("stranger")
    trusted = folder / "trusted.p12"
    call("-importcert", "-noprompt", "-alias", "client", "-keystore", str(trusted), "-file", str(certificate))
    key = folder / "client.key"
    java = folder / "java"
    java.mkdir()
    key.write_text(JavaProgram(programs, "ExportKey", java).run(str(client), _PASSWORD))
    options = (
        "client_encryption_options:\n  enabled: true\n  optional: false\n"
        f"  keystore: {server}\n  keystore_password: {_PASSWORD}\n  require_client_auth: true\n"
        f"  truststore: {trusted}\n  truststore_password: {_PASSWORD}\n  store_type: PKCS12\n"
    )
    return Keys(ca, certificate, key, stranger, options)
