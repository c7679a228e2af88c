"""What a run says about the computer, and about the versions of all that took part."""

from importlib import metadata

import machine


def test_the_computer_has_a_processor_and_cores():
    computer = machine.computer()
    assert computer["cpu"]
    assert computer["cores"] >= 1
    assert set(computer) == {"cpu", "cores", "system", "architecture"}


def test_the_processor_has_a_name_even_if_linux_gives_none(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    assert machine.processor()


def test_a_package_has_a_version_or_a_reason_why_it_is_missing(monkeypatch):
    def version(name):
        if name == "oxigrad":
            raise metadata.PackageNotFoundError(name)
        return f"1.0 of {name}"

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    found, missing = machine.versions()
    assert found["torch"] == "1.0 of torch"
    assert missing == {"oxigrad": machine.BY_CARGO, "gcc": "not on the PATH"}


def test_nothing_is_passed_over():
    found, missing = machine.versions()
    assert set(found) | set(missing) == {"python", "chainrule", "gcc", *machine.PACKAGES}
    assert set(found) & set(missing) == set()
