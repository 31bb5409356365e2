"""nixdive inspect as a user runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nixdive.cli.inspect import decimal
from tests.image.made import archive, layer
from tests.program import run

BIG = "x" * 20_000


@pytest.fixture
def image(tmp_path: Path) -> str:
    store = f"nix/store/{'a' * 32}-glibc-2.39/lib={BIG}"
    layers = [layer(store), layer(f"etc/a={BIG}"), layer(f"etc/a={BIG}", "e\x1b[31m=1")]
    history = [{"created_by": "nix"}, {"created_by": "/bin/sh -c echo \x1b[2J"}, {"created_by": "x"}]
    return str(archive(tmp_path / "image.tar", layers, history=history))


def test_the_table_names_store_paths_commands_and_waste(image: str) -> None:
    done = run("inspect", image, "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "made:1  3 layers  90.0 KiB  90.0 KiB unpacked  " + done.stdout.split("\n")[0].rpartition("  ")[2],
        "",
        "#  size       unpacked       files  contents",
        "1  30.0  KiB      30.0  KiB      1  glibc-2.39",
        "2  30.0  KiB      30.0  KiB      1  echo \\x1b[2J",
        "3  30.0  KiB      30.0  KiB      2  x",
        "",
        "efficiency     66.67%  dive's score",
        "wasted       39.1 KiB  as dive counts: every copy of a file that occurs more than once",
        "reclaimable  19.5 KiB  bytes of files that no container sees",
        "",
        "size       layers  file that no container sees",
        "19.5  KiB  2       /etc/a",
        "",
        "digests: those of layers were not checked (nixdive verify checks all)",
    ]


def test_the_document(image: str) -> None:
    done = run("inspect", image, "--json")
    document = json.loads(done.stdout)
    assert document["format"] == "nixdive.inspect/1"
    assert document["efficiency"]["reclaimable_bytes"] == 20_000
    assert "reading" in done.stderr


def test_the_report_is_dives(image: str) -> None:
    done = run("inspect", image, "--ci", "-q")
    assert done.returncode == 3
    assert done.stdout == (
        "Analysis:\n"
        "  efficiency:        66.67 %\n"
        "  wastedBytes:       40000 bytes (40 kB)\n"
        "  userWastedPercent: 100.00 %\n"
        "\n"
        "Inefficient Files:\n"
        "  Count  Wasted Space  File Path\n"
        "  2      40 kB         /etc/a\n"
        "\n"
        "Evaluation:\n"
        "  FAIL  highestUserWastedPercent (too many bytes wasted, relative to the user bytes added"
        " (%-user-wasted-bytes=1.00 > threshold=0.1))\n"
        "  SKIP  highestWastedBytes (disabled)\n"
        "  FAIL  lowestEfficiency (image efficiency is too low (efficiency=0.67 < threshold=0.9))\n"
        "\n"
        "FAIL [fail:2 skip:1]\n"
    )


def test_the_report_of_a_clean_image(tmp_path: Path) -> None:
    done = run("inspect", str(archive(tmp_path / "image", [layer("a=1")])), "--ci", "-q")
    assert done.returncode == 0
    assert (
        "  wastedBytes:       0 bytes \n  userWastedPercent: 0 %\n\nInefficient Files: (None)\n"
        in done.stdout
    )
    assert done.stdout.endswith("PASS [pass:2 skip:1]\n")


def test_rules_come_from_a_file(image: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "rules:\n  lowestEfficiency: 0.6\n  highestUserWastedPercent: off\n  highestPushBytes: 40kB\n"
        "  highestLayerCount: 2\n  plugin/x: 1\n"
    )
    words = ("inspect", image, "--ci", "--ci-config", str(rules))
    earlier = archive(tmp_path / "earlier", [layer(f"nix/store/{'a' * 32}-glibc-2.39/lib={BIG}")])
    done = run(*words, "--against", str(earlier), "--json")
    assert done.returncode == 3
    ci = json.loads(done.stdout)["ci"]
    assert (ci["ok"], [(one["rule"], one["status"]) for one in ci["rules"]]) == (
        False,
        [
            ("highestLayerCount", "fail"),
            ("highestPushBytes", "fail"),
            ("highestUserWastedPercent", "skip"),
            ("highestWastedBytes", "skip"),
            ("lowestEfficiency", "pass"),
        ],
    )
    assert "plug-in rules, which nixdive does not run: plugin/x\n" in done.stderr
    alone = run(*words, "-q")
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "--against" in alone.stderr


def test_dives_document_is_written_with_the_gate(image: str, tmp_path: Path) -> None:
    target = tmp_path / "dive.json"
    target.write_text("x" * 1_000_000)
    assert run("inspect", image, "--dive-json", str(target), "--ci", "-q").returncode == 3
    assert json.loads(target.read_text())["image"]["inefficientBytes"] == 40_000


def test_dives_document_on_standard_output(image: str) -> None:
    done = run("inspect", image, "--dive-json", "-", "-q")
    assert json.loads(done.stdout)["image"]["inefficientBytes"] == 40_000
    assert run("inspect", image, "--dive-json", "-", "--json").returncode == 2


@pytest.mark.parametrize("words", [["--against", "x"], ["--ci-config", "x"]])
def test_options_of_the_gate_need_it(image: str, words: list[str]) -> None:
    assert run("inspect", image, *words).returncode == 2


def test_what_is_missing_is_one_line(tmp_path: Path) -> None:
    done = run("inspect", str(tmp_path / "nowhere"), "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"nixdive: {tmp_path / 'nowhere'}: no such file\nhint: expected a docker-arch"
    )


def test_sizes_are_written_as_dive_writes_them() -> None:
    sizes = (0, 9, 131, 999, 1000, 6405, 12_810, 999_950, 20_000_000)
    assert [decimal(size) for size in sizes] == [
        "0 B",
        "9 B",
        "131 B",
        "999 B",
        "1.0 kB",
        "6.4 kB",
        "13 kB",
        "1000 kB",
        "20 MB",
    ]


def test_a_gate_that_is_not_understood_is_an_error(
    image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = tmp_path / ".dive-ci"
    rules.write_text("rules:\n  lowestEfficency: 0.1\n")
    done = run("inspect", image, "--ci", "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "nixdive: .dive-ci: line 2: lowestEfficency: there is no such rule",
        "hint: did you mean lowestEfficiency?",
    ]
    rules.unlink()
    rules.symlink_to("gone")
    assert "no such file" in run("inspect", image, "--ci", "-q").stderr
    rules.unlink()
    os.mkfifo(rules)
    assert "not a regular file" in run("inspect", image, "--ci", "-q").stderr


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules:\n", "rules:\n  lowestEfficiency:\n"])
def test_a_gate_without_rules_does_not_pass_in_silence(
    image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".dive-ci").write_text(text)
    line = ".dive-ci: it contains no rule with a threshold; dive's defaults hold"
    loud, quiet = run("inspect", image, "--ci"), run("inspect", image, "--ci", "-q")
    assert line in loud.stderr.splitlines()
    assert line not in loud.stdout
    assert quiet.stdout.splitlines()[-1] == line
    assert loud.stdout.splitlines() == quiet.stdout.splitlines()[:-1]
    found = json.loads(run("inspect", image, "--ci", "--json", "-q").stdout)
    assert found["ci"]["notes"] == [line]
    Path(".dive-ci").write_text("rules:\n  lowestEfficiency: 0.1\n")
    assert "no rule" not in run("inspect", image, "--ci").stderr
    assert json.loads(run("inspect", image, "--ci", "--json", "-q").stdout)["ci"]["notes"] == []
