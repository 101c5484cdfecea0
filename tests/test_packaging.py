from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from worker import settings as settings_module
from worker.settings import Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf8").splitlines()
    pins = [re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines]
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def needs(requirements: list[str]) -> list[Requirement]:
    return [Requirement(text) for text in requirements]


def test_every_runtime_dependency_is_locked_at_a_version_that_it_allows() -> None:
    lock = locked("requirements.lock")
    for need in needs(PROJECT["project"]["dependencies"]):
        assert need.specifier.contains(lock[canonicalize_name(need.name)]), f"make lock: {need}"


def test_every_tool_is_locked_at_a_version_that_it_allows() -> None:
    lock = locked("requirements-dev.lock")
    for need in needs(PROJECT["dependency-groups"]["dev"]):
        assert need.specifier.contains(lock[canonicalize_name(need.name)]), f"make lock: {need}"


def test_both_locks_agree() -> None:
    runtime, tools = (locked(name) for name in LOCKS)
    assert {name: tools[name] for name in runtime.keys() & tools.keys()} == {
        name: runtime[name] for name in runtime.keys() & tools.keys()
    }


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_host_and_every_package_has_a_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf8")
    assert "://" not in text
    packages = [block for block in re.split(r"\n(?=\S)", text) if "==" in block]
    assert packages
    assert all("--hash=sha256:" in block for block in packages)


def test_version_stands_in_the_changelog() -> None:
    assert f"## [{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf8")


def test_settings_file_shows_every_setting_with_its_default() -> None:
    shown = {
        key: value
        for line in (ROOT / "config/newsworker.toml").read_text(encoding="utf8").splitlines()
        if re.match(r"# [a-z_]+ = ", line)
        for key, value in tomllib.loads(line.removeprefix("# ")).items()
    }
    defaults = Settings()
    assert set(shown) == set(Settings.model_fields) - {"home"}
    assert Settings.model_validate(shown) == defaults


def test_settings_file_of_the_checkout_is_read() -> None:
    assert settings_module.load(ROOT / "config/newsworker.toml", environ={}) == Settings(home=ROOT)


def test_image_takes_all_that_the_package_needs() -> None:
    taken = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for path in " ".join(copied).split():
        assert path in taken
        assert (ROOT / path).exists()


def test_compose_file_runs_the_version_that_this_is() -> None:
    assert f"image: newsworker:{PROJECT['project']['version']}\n" in (ROOT / "docker-compose.yml").read_text()
