"""How many devices a CPU is taken for."""

import os

import pytest

from genomics import cores


@pytest.mark.parametrize(
    ("batch_size", "there", "devices"),
    [(64, 1, 1), (64, 2, 2), (64, 3, 2), (64, 8, 4), (32, 8, 2), (31, 2, 1), (96, 3, 3), (100, 4, 4), (7, 64, 1)],
)
def test_devices_share_a_batch_evenly_and_none_gets_little(batch_size, there, devices):
    assert cores.dividing(batch_size, there, 16) == devices


@pytest.mark.parametrize(
    ("quota", "cores_of_eight"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("", 8), (None, 8)]
)
def test_a_container_has_its_share_of_cores(tmp_path, monkeypatch, quota, cores_of_eight):
    if quota is not None:
        (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert cores.available() == cores_of_eight


@pytest.mark.parametrize(
    ("variable", "value"),
    [("JAX_NUM_CPU_DEVICES", "3"), ("XLA_FLAGS", "--xla_force_host_platform_device_count=3 --xla_dump_to=x")],
)
def test_the_users_own_number_wins(monkeypatch, variable, value):
    monkeypatch.delenv("JAX_NUM_CPU_DEVICES", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "")
    assert not cores.decided_by_user()
    monkeypatch.setenv(variable, value)
    assert cores.decided_by_user()
