"""The measured clients as data."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from nixdive.clients.client import client, clients
from nixdive.clients.delivery import Delivery
from nixdive.clients.link import Link
from nixdive.errors import LinkError, UnknownNameError

EACH = pytest.mark.parametrize("name", clients())


@EACH
def test_a_client_says_which_version_was_measured_when_and_how(name: str) -> None:
    one = client(name)
    assert one.name == name
    assert one.version[0].isdigit()
    assert one.date.year >= 2026
    assert one.measured
    assert one.limit
    assert one.push or one.pull


@EACH
def test_no_figure_is_negative_and_something_is_always_done_at_a_time(name: str) -> None:
    one = client(name)
    for part in (one.push, one.pull, one.load):
        for value in (asdict(part) if part else {}).values():
            assert not isinstance(value, float) or value >= 0
    assert not one.push or one.push.at_once >= 1
    assert not one.push or one.push.there_turns <= one.push.new_turns
    assert not one.pull or (one.pull.at_once >= 1 and one.pull.unpacks_at_once >= 1)


@EACH
def test_who_compresses_anew_takes_time_for_it_over_any_link(name: str) -> None:
    push = client(name).push
    assert push is None or (push.tar_byte > 0) is not push.keeps_digests


@EACH
def test_who_pulls_has_a_limit_of_layers(name: str) -> None:
    one = client(name)
    assert (one.most_layers is None) == (one.pull is None)


def test_limits_are_those_that_were_tried() -> None:
    limits = {name: one.most_layers for name, one in clients().items() if one.most_layers}
    assert limits["docker"] == 125
    assert limits["podman-4"] == 128
    assert limits["podman"] == 500
    assert limits["docker-containerd"] == limits["containerd"] == 400


def test_an_unknown_client_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="no client is called 'dokcer'") as caught:
        client("dokcer")
    assert caught.value.hint == "did you mean docker?"


@pytest.mark.parametrize(
    ("names", "pushing", "pulling", "most"),
    [
        ((), ["nixdive"], ["docker"], 125),
        (("docker",), ["docker"], ["docker"], 125),
        (("crane",), ["crane"], ["docker"], 125),
        (("skopeo", "podman"), ["skopeo"], ["podman"], 500),
        (("podman", "podman-4"), ["podman", "podman-4"], ["podman", "podman-4"], 128),
        (("containerd",), ["nixdive"], ["containerd"], 400),
        (("docker", "skopeo", "containerd", "docker"), ["skopeo"], ["docker", "containerd"], 125),
    ],
)
def test_who_can_only_push_pushes_and_the_others_pull(
    names: tuple[str, ...], pushing: list[str], pulling: list[str], most: int
) -> None:
    found = Delivery.of(names)
    assert [one.name for one in found.pushing] == pushing
    assert [one.name for one in found.pulling] == pulling
    assert found.most_layers == most
    assert found.limit.endswith(f"takes at most {most} layers")


@pytest.mark.parametrize(
    ("text", "rate", "turn"),
    [
        ("100mbit/20ms", 12.5e6, 0.02),
        ("1gbit/1ms", 125e6, 0.001),
        ("2.5Gbit/0.5ms", 312.5e6, 0.0005),
        ("64kbit/600ms", 8e3, 0.6),
        (" 10 mbit / 0ms", 1.25e6, 0.0),
    ],
)
def test_a_link_is_a_rate_and_a_round_trip(text: str, rate: float, turn: float) -> None:
    link = Link.parse(text)
    assert (link.rate, link.round_trip) == (rate, turn)
    assert Link.parse(str(link)) == link


@pytest.mark.parametrize(
    "text",
    ["", "fast", "100mbit", "100/20", "-1mbit/2ms", "1e3mbit/2ms", "100MB/20ms", "²mbit/1ms"],
)
def test_another_text_is_not_a_link(text: str) -> None:
    with pytest.raises(LinkError, match="is not RATE/RTT") as caught:
        Link.parse(text)
    assert "100mbit/20ms" in (caught.value.hint or "")


def test_a_link_that_lets_nothing_pass_is_refused_as_such() -> None:
    with pytest.raises(LinkError, match="link '0mbit/20ms': nothing passes at a rate of 0"):
        Link.parse("0mbit/20ms")
