"""Files: written whole or not at all, and every damaged, foreign or hostile one refused."""

import io
import json
import os
import sys
import zipfile

import pytest

pytest.importorskip("safetensors")
numpy = pytest.importorskip("numpy")

from safetensors.numpy import save as safetensors  # noqa: E402

from nn import MLP  # noqa: E402
from nn.errors import ModelFileError  # noqa: E402
from nn.files.serialization import load, save  # noqa: E402
from nn.files.storage import LARGEST_HEADER, read, write  # noqa: E402

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)


@pytest.fixture
def stored(path):
    """The bytes of a small model."""
    save(MLP(2, [2, 1], activation="tanh", seed=1), path)
    return path.read_bytes()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.pkl", b"x" * 100)
    return file.getvalue()


def with_header(header, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + data


def refused(path, data, message=None):
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


# Reading.


def test_content_and_tensors_come_back(path):
    tensors = {"a": ((2, 2), [1.0, 2.0, 3.0, 4.0]), "b": ((), [0.5]), "c": ((0,), [])}
    write(path, {"x": [1, None, "é\ud800"]}, tensors)
    assert read(path) == ({"x": [1, None, "é\ud800"]}, tensors)


def test_the_same_model_gives_the_same_bytes(path, stored):
    save(MLP(2, [2, 1], activation="tanh", seed=1), path)
    assert path.read_bytes() == stored


def test_any_reader_of_safetensors_sees_matrices(path, stored):
    from safetensors.numpy import load_file

    arrays = load_file(path)
    weights = MLP(2, [2, 1], activation="tanh", seed=1).layers[0].neurons[1].weights
    assert {name: array.shape for name, array in arrays.items()} == {
        "layers.0.weight": (2, 2),
        "layers.0.bias": (2,),
        "layers.1.weight": (1, 2),
        "layers.1.bias": (1,),
    }
    assert {array.dtype for array in arrays.values()} == {numpy.dtype("float64")}
    assert arrays["layers.0.weight"][1].tolist() == [w.data for w in weights]


def test_a_file_cut_short_anywhere_is_refused(path, stored):
    for length in range(len(stored)):
        refused(path, stored[:length])


def test_a_longer_file_is_refused(path, stored):
    refused(path, stored + b"\0", "expected .* bytes, got")


@pytest.mark.parametrize("bit", [0, 4, 7])
def test_a_flipped_bit_anywhere_is_refused(path, stored, bit):
    for k in range(len(stored)):
        refused(path, stored[:k] + bytes([stored[k] ^ 1 << bit]) + stored[k + 1 :])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no model: the file is empty"),
        (b"abc", "no model: the file is too short"),
        (PNG, r"not a model file of nn\.save"),
        (zipped(), r"not a model file of nn\.save"),
        (b"\x80\x04\x95" + bytes(100), r"not a model file of nn\.save"),  # a pickle
        (bytes(1000), "it has no safetensors header"),
        (b'{"weights": [1.0, 2.0, 3.0]}', r"not a model file of nn\.save"),
        (safetensors({"0.weight": numpy.ones((2, 2))}), "a safetensors file of another program"),
        (safetensors({"0.weight": numpy.ones(2)}, {"format": "pt"}), "a safetensors file of another program"),
    ],
)
def test_foreign_files_are_refused(path, data, message):
    refused(path, data, message)


def test_a_file_of_pytorch_is_refused(path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file(torch.nn.Linear(2, 2).state_dict(), path)
    refused(path, path.read_bytes(), "a safetensors file of another program")
    torch.save(torch.nn.Linear(2, 2).state_dict(), path)
    refused(path, path.read_bytes(), r"not a model file of nn\.save")


def test_a_folder_is_refused_and_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(ModelFileError, match="not a file"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_before_it_is_opened(path):
    os.mkfifo(path)
    with pytest.raises(ModelFileError, match="not a file"):
        load(path)


METADATA = {"__metadata__": {"chainrule": json.dumps({"checksum": "", "content": {}})}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((2**64 - 1).to_bytes(8, "little") + b"{}", "longer than is possible"),
        ((2**40).to_bytes(8, "little") + b"{}", "longer than is possible"),
        ((3).to_bytes(8, "little") + b"{}", "longer than is possible"),
        (with_header(b"{" * 100_000), "the safetensors header is damaged or foreign"),
        (with_header(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "the safetensors header is damaged or foreign"),
        (with_header(b'{"a": ' + b"9" * 10_000 + b"}"), "the safetensors header is damaged or foreign"),
        (with_header(b'{"a": {}, "a": {}}'), "the key 'a' comes twice"),
        (with_header(b'{"\xff": 1}'), "the safetensors header is damaged or foreign"),
        (with_header(b"{}"), "another program"),
        (with_header({"__metadata__": {"chainrule": "[" * 100_000}}), "the header of the model is damaged"),
        (with_header({"__metadata__": {"chainrule": "[]"}}), r"\[\] is not a JSON object"),
        (with_header({"__metadata__": {"chainrule": "{}"}}), "the header of the model is damaged"),
        (with_header({"__metadata__": {"chainrule": '{"content": 1, "content": 2}'}}), "'content' comes twice"),
        (with_header({"__metadata__": {"chainrule": 3}}), "another program"),
        (with_header({"__metadata__": []}), "another program"),
        (with_header(METADATA), "its checksum is wrong"),
        (with_header(METADATA | {"a": 3}), "the tensor 'a' is not a float64 tensor"),
        (with_header(METADATA | {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)), "F32"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 2**70]}}), "cut short"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 1e308]}}), "not a float64"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)), "damaged"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}}, bytes(8)), "damaged"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [2**63, 2], "data_offsets": [0, 0]}}), "damaged"),
        (with_header(METADATA | {"a": {"dtype": "F64", "shape": [1], "data_offsets": [-8, 0]}}), "damaged"),
    ],
)
def test_hostile_headers_are_refused(path, data, message):
    refused(path, data, message)


def test_a_header_is_not_read_if_it_is_too_large(path):
    with open(path, "wb") as file:
        file.write((LARGEST_HEADER + 1).to_bytes(8, "little"))
        file.truncate(LARGEST_HEADER + 100)
    with pytest.raises(ModelFileError, match="longer than is possible"):
        load(path)


def test_a_header_that_could_not_be_read_again_is_not_written(path):
    with pytest.raises(ModelFileError, match="takes more than 8 MiB"):
        write(path, {"x": "x" * LARGEST_HEADER}, {})
    assert not path.exists()


# Writing.


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        save(MLP(2, [1]), tmp_path / "none" / "model")


def test_without_the_extra_the_error_names_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for function in (lambda: save(MLP(2, [1]), path), lambda: load(path)):
        with pytest.raises(ImportError, match=r"pip install 'chainrule\[save\]'"):
            function()
