"""Training by JAX: the parameters of native code, on one device, on eight, and in two processes."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

import nn
from nn import data, optim

jax = pytest.importorskip("jax")
pytest.importorskip("llvmlite")

from jax.sharding import Mesh  # noqa: E402

X, y = data.moons(60, noise=0.1, seed=3)


def trained(backend, make=lambda p: optim.SGD(p, lr=0.1, momentum=0.9), **settings):
    model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=0)
    given = {"loss": "hinge", "epochs": 5, "batch_size": 16, "progress": False} | settings
    history = nn.fit(model, X, [2 * t - 1 for t in y], optimizer=make(model.parameters()), backend=backend, **given)
    return [p.data for p in model.parameters()], history


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": None},
        {"make": lambda p: optim.Adam(p, lr=0.02)},
        {"metrics": "accuracy", "validation": 0.2},
        {"penalty": lambda p: nn.losses.l2(p, 0.01)},
        {"sample_weight": [1.0 + k % 3 for k in range(60)]},
        {"batch_size": 1, "epochs": 1},
    ],
    ids=["minibatches", "all rows", "Adam", "metrics", "penalty", "weights", "single rows"],
)
def test_parameters_and_history_are_those_of_native_code(settings):
    mine, history = trained("native", **settings)
    found, other = trained("jax", **settings)
    np.testing.assert_allclose(found, mine, rtol=1e-9, atol=1e-11)
    for name, column in history.to_dict().items():
        np.testing.assert_allclose(other.to_dict()[name], column, rtol=1e-9, atol=1e-11)


def test_a_loss_that_turns_nan_stops_before_that_step():
    model = nn.MLP(1, [1], seed=0)
    before = [p.data for p in model.parameters()]
    sgd = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(nn.TrainingError, match="epoch 1, batch 1"):
        nn.fit(
            model, [[1e200], [2.0]], [1e200, 1.0], loss="mse", optimizer=sgd, epochs=2, backend="jax", progress=False
        )
    assert [p.data for p in model.parameters()] == before


def fit_with(dropout=0.0, **settings):
    model = nn.Sequential(nn.Layer(2, 1, seed=0), nn.Dropout(dropout))
    given = {"loss": "mse", "optimizer": optim.SGD(model.parameters(), lr=0.1), "epochs": 1, "progress": False}
    return nn.fit(model, [[1.0, 2.0]], [1.0], **given, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backend": "tpu"}, "backend must be 'native' or 'jax', got 'tpu'"),
        ({"mesh": object()}, "mesh= is for backend='jax'"),
        ({"backend": "jax", "compile": False}, "leave out compile=False"),
        ({"backend": "jax", "dropout": 0.5}, "cannot take the steps of this training"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        fit_with(**settings)


def test_a_mesh_has_one_axis():
    with pytest.raises(TypeError, match=r"a jax\.sharding\.Mesh or None, got int"):
        fit_with(backend="jax", mesh=8)
    two = Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("a", "b"))
    with pytest.raises(ValueError, match="one axis, over which rows are shared, got a, b"):
        fit_with(backend="jax", mesh=two)


MOONS = """
import sys
import numpy as np, jax
if len(sys.argv) > 1:
    jax.distributed.initialize(coordinator_address=sys.argv[1], num_processes=2, process_id=int(sys.argv[2]))
import nn
from nn import data, optim

X, y = data.moons(50, noise=0.1, seed=3)
def trained(backend):
    model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=0)
    nn.fit(model, X, [2 * t - 1 for t in y], loss="hinge", optimizer=optim.SGD(model.parameters(), lr=0.1),
           epochs=4, batch_size=20, backend=backend, progress=False)
    return np.array([p.data for p in model.parameters()])
print("devices", len(jax.devices()), "difference", np.abs(trained("jax") - trained("native")).max())
"""


def differences(processes, devices):
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    commands = [[sys.executable, "-c", MOONS, *([address, str(k)] if processes > 1 else [])] for k in range(processes)]
    running = [
        subprocess.Popen(c, env=os.environ | flags, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for c in commands
    ]
    try:
        results = [process.communicate(timeout=240) for process in running]
    finally:
        for process in running:
            process.kill()
    for process, (_, error) in zip(running, results, strict=True):
        assert process.returncode == 0, error[-2000:]
    return [out.strip().splitlines()[-1].split() for out, _ in results]


def test_eight_devices_share_the_rows_of_minibatches_that_do_not_divide():
    ((_, count, _, difference),) = differences(1, 8)
    assert int(count) == 8
    assert float(difference) < 1e-9


def test_two_processes_train_to_the_parameters_of_one():
    for _, count, _, difference in differences(2, 1):
        assert int(count) == 2
        assert float(difference) < 1e-9
