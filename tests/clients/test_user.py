"""Which clients and link the user means: by options, by config.toml, or by saying nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from nixdive.clients.delivery import Delivery
from nixdive.clients.link import Link
from nixdive.clients.user import user_delivery
from nixdive.errors import UnknownNameError
from nixdive.ui.config.config import parse_config
from tests.program import run

REDIS = Path(__file__).parents[1] / "data/closures/debstore-redis-v1.path-info.json.gz"
SLOW = Link.parse("1mbit/200ms")


def found(names: tuple[str, ...] = (), link: Link | None = None) -> tuple[Delivery, list[str]]:
    notes: list[str] = []
    return user_delivery(names, link, notes.append), notes


def test_nothing_said_is_the_usual_delivery() -> None:
    assert found() == (Delivery.of(), [])


@pytest.mark.parametrize("text", ['client = "podman"', 'client = ["podman"]'])
def test_the_configuration_counts_where_no_option_does(config: Path, text: str) -> None:
    config.write_text(f'{text}\nlink = "1mbit/200ms"\n')
    assert found() == (Delivery.of(("podman",), SLOW), [])
    assert found(("docker",)) == (Delivery.of(("docker",), SLOW), [])
    fast = Link.parse("1gbit/1ms")
    assert found((), fast) == (Delivery.of(("podman",), fast), [])
    assert found(("docker",), fast) == (Delivery.of(("docker",), fast), [])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('client = "dokcer"', "client: no client is called 'dokcer'; did you mean docker?"),
        ("client = 5", 'client must be a name, or a list like ["skopeo", "docker"]'),
        ("client = [5]", 'client must be a name, or a list like ["skopeo", "docker"]'),
        ('link = "fast"', "link 'fast' is not RATE/RTT"),
        ("link = 5", 'link must be a text like "100mbit/20ms"'),
    ],
)
def test_what_is_wrong_is_told_and_left_out(config: Path, text: str, wrong: str) -> None:
    config.write_text(text)
    delivery, (note,) = found()
    assert delivery == Delivery.of()
    assert note.endswith(f"config.toml: {wrong}")
    assert parse_config(text, "config.toml", ()).config.notices == (f"config.toml:1: {wrong}",)


def test_what_is_right_is_no_notice_of_the_screen() -> None:
    text = 'client = ["skopeo", "containerd"]\nlink = "10mbit/80ms"\n'
    assert parse_config(text, "config.toml", ()).config.notices == ()


def test_a_file_that_cannot_be_read_says_nothing(config: Path) -> None:
    config.write_text("client = [")
    assert found() == (Delivery.of(), [])
    config.write_bytes(b"client = '\xff'")
    assert found() == (Delivery.of(), [])


def test_an_option_that_names_no_client_is_an_error() -> None:
    with pytest.raises(UnknownNameError):
        found(("dokcer",))
    done = run("plan", "-q", REDIS, "--client", "dokcer")
    assert done.returncode == 2
    assert "no client is called 'dokcer' (did you mean docker?)" in done.stderr


def test_commands_heed_the_configuration(config: Path) -> None:
    config.write_text('client = ["crane", "podman"]\nlink = "1mbit/200ms"\n')
    told = run("plan", "-q", REDIS).stdout
    assert "over 1mbit/200ms" in told
    assert "push by crane" in told
    assert "pull by podman" in told
    assert run("plan", "-q", REDIS, "--max-layers", "400").returncode == 0
