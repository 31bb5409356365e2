"""How far a registry is trusted: private authorities, certs.d, registries.conf; loopback too, here."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from nixdive.errors import RegistryError
from nixdive.progress import NullProgress
from nixdive.remote import name as names
from nixdive.remote.image import remote_image
from tests.remote.registry_here import RegistryHere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPENSSL = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2", "-subj", "/CN=here")


@pytest.fixture(autouse=True)
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine counts as another one, whose certificate has to be trusted."""
    monkeypatch.setattr(names, "is_local", lambda _: False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that is its own authority; its key is beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "here.cert"
    words = (*_OPENSSL, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file.with_suffix(".key"))
    subprocess.run(["openssl", *words, "-out", file], check=True, capture_output=True)
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[RegistryHere]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with RegistryHere(tls=context) as here:
        here.add_image("app:1", [b"layer"])
        yield here


def read(here: RegistryHere) -> int:
    return len(remote_image(here.url("app:1"), None, NullProgress()).layers)


def conf(home: Path, text: str) -> None:
    file = home / ".config/containers/registries.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: RegistryHere) -> None:
    with pytest.raises(RegistryError, match=f"the certificate of {secure.host} is not trusted") as caught:
        read(secure)
    assert f"certs.d/{secure.host}/ca.crt" in str(caught.value.hint)
    assert not secure.log


def test_an_authority_in_certs_d_is_trusted_for_its_registry_alone(
    secure: RegistryHere, certificate: Path, own_home: Path
) -> None:
    folder = own_home / ".config/containers/certs.d"
    other, its_own = folder / "127.0.0.1:1", folder / secure.host
    other.mkdir(parents=True)
    shutil.copy(certificate, other / "ca.crt")
    with pytest.raises(RegistryError, match="not trusted"):
        read(secure)
    other.rename(its_own)
    assert read(secure) == 1


def test_an_authority_in_a_variable(
    secure: RegistryHere, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert read(secure) == 1


def test_what_is_no_certificate_is_named(secure: RegistryHere, own_home: Path) -> None:
    file = own_home / ".config/containers/certs.d" / secure.host / "ca.crt"
    file.parent.mkdir(parents=True)
    file.write_text("nothing")
    with pytest.raises(RegistryError, match=f"{file}: it is not a certificate"):
        read(secure)


@pytest.mark.parametrize("place", ["{host}", "{host}/app"])
def test_registries_conf_says_that_a_certificate_does_not_matter(
    secure: RegistryHere, own_home: Path, place: str
) -> None:
    conf(own_home, f'[[registry]]\nlocation = "{place.format(host=secure.host)}"\ninsecure = true\n')
    assert read(secure) == 1


def test_registries_conf_of_another_repository_does_not_count(secure: RegistryHere, own_home: Path) -> None:
    conf(own_home, f'[[registry]]\nlocation = "{secure.host}/other"\ninsecure = true\n')
    with pytest.raises(RegistryError, match="not trusted"):
        read(secure)


def test_plain_http_has_to_be_said(own_home: Path) -> None:
    with RegistryHere() as here:
        here.add_image("app:1", [b"layer"])
        with pytest.raises(RegistryError, match=f"{here.host} has no TLS") as caught:
            read(here)
        assert "insecure = true" in str(caught.value.hint)
        conf(own_home, f'[[registry]]\nlocation = "{here.host}"\ninsecure = true\n')
        assert read(here) == 1
