"""The two-owners warning, on folders that look like site-packages; test_packaging does it with pip."""

import sys
import warnings

import pytest

from autograd.output import ownership


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An only folder of sys.path that holds an `autograd` and chainrule's own metadata."""
    (tmp_path / "autograd").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    install(tmp_path, "chainrule-0.1.0.dist-info", RECORD="autograd/__init__.py,,\nnn/__init__.py,,\n")
    return tmp_path


def install(site, folder, **files):
    (site / folder).mkdir()
    for name, text in files.items():
        (site / folder / name.replace("_txt", ".txt").replace("PKG_INFO", "PKG-INFO")).write_text(text)


def message():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ownership.warn_if_shared()
    assert len(caught) <= 1
    return str(caught[0].message) if caught else None


def test_an_only_owner_is_silent(site):
    assert message() is None


@pytest.mark.parametrize(
    "record",
    ["autograd/__init__.py,sha256=x,1\n", "a.py,,\nautograd/numpy/__init__.py,sha256=x,1\n", "a.py,,\r\nautograd/x,,"],
    ids=["first", "later", "crlf"],
)
def test_another_owner_is_known_by_its_record(site, record):
    install(site, "two_owners-1.0.dist-info", RECORD=record, METADATA="Metadata-Version: 2.1\nName: two-owners\n")
    assert "chainrule and two-owners own" in message()


def test_an_owner_that_a_system_package_manager_installed(site):
    install(site, "autograd-1.5.egg-info", top_level_txt="autograd\nautograd_more\n", PKG_INFO="Name: Autograd\n")
    assert "chainrule and Autograd own" in message()


def test_an_owner_without_a_name_goes_by_its_folder(site):
    install(site, "autograd-1.5.dist-info", RECORD="autograd/__init__.py,,\n")
    assert "autograd-1.5.dist-info" in message()


def test_similar_names_are_not_the_same(site):
    record = "autograd_gamma/__init__.py,,\ntorch/autograd/__init__.py,,\nautograd.txt,,\n"
    install(site, "torch-2.0.dist-info", RECORD=record, top_level_txt="torch\nautograd_gamma\n")
    install(site, "autograd_gamma-0.5.dist-info")
    assert message() is None


def test_another_owner_in_another_folder(site, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("site")
    monkeypatch.setattr(sys, "path", ["", str(site), str(other / "missing.zip"), str(other)])
    install(other, "autograd-1.9.1.dist-info", RECORD="autograd/__init__.py,,\n", METADATA="Name: autograd\n")
    assert message() is None, "metadata without the folder is a leftover"
    (other / "autograd").mkdir()
    assert "chainrule and autograd own" in message()


def test_owners_are_named_once(site, monkeypatch):
    install(site, "autograd-1.9.1.dist-info", RECORD="autograd/__init__.py,,\n", METADATA="Name: autograd\n")
    monkeypatch.setattr(sys, "path", [str(site), str(site)])
    assert "chainrule and autograd own" in message()
