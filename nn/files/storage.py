"""Files of float64 tensors under a JSON header: safetensors, read with suspicion and written whole.

Needs the extra `save` (safetensors and NumPy). The header is one JSON text in the metadata; it has a
checksum of itself and of all tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from autograd.errors import needs
from autograd.output.files import checked_path, write_whole
from nn.errors import ModelFileError

KEY = "chainrule"  # of the JSON text in the metadata
LARGEST_HEADER = 8 * 2**20  # bytes: read before anything in the file has been checked

Tensors = dict[str, tuple[tuple[int, ...], list[float]]]  # shape and numbers, row by row


def write(path: str | os.PathLike[str], content: dict[str, Any], tensors: Tensors) -> None:
    """Write content and tensors to a file that is there in full or not at all.

    Raises ImportError without the extra `save`, OSError where the file cannot be written, and
    ModelFileError for a header that would be too large to be read again.
    """
    checked_path(path)
    numpy, safetensors = _packages()
    arrays = {name: numpy.array(numbers, "<f8").reshape(shape) for name, (shape, numbers) in tensors.items()}
    text = json.dumps({"checksum": _checksum(content, arrays), "content": content})
    data: bytes = safetensors.save(arrays, {KEY: text})
    if int.from_bytes(data[:8], "little") > LARGEST_HEADER:
        raise ModelFileError(f"all besides the numbers of layers takes more than {LARGEST_HEADER >> 20} MiB")
    write_whole(path, data)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Tensors]:
    """Return content and tensors of a file that `write` wrote.

    Raises ModelFileError for any other file and for a damaged one, OSError for none.
    """
    checked_path(path)
    _, safetensors = _packages()
    if Path(path).exists() and not Path(path).is_file():
        raise ModelFileError("not a file (a folder?): give the path of a model file")
    with open(path, "rb") as file:
        raw, stored = _raw(file)
    try:
        arrays = safetensors.load(raw)
    except (import_module("safetensors").SafetensorError, ValueError, OverflowError) as error:
        raise ModelFileError(f"the tensors are damaged ({error}): take another copy of the file") from None
    content = stored["content"]
    if stored["checksum"] != _checksum(content, arrays):
        raise ModelFileError("the file is damaged (its checksum is wrong): take another copy")
    return content, {
        name: (array.shape, array.astype(float).ravel().tolist()) for name, array in sorted(arrays.items())
    }


def _raw(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a file whose header is in order, and what `write` has put there."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8:
        raise ModelFileError(f"no model: the file is {'too short' if start else 'empty'}")
    if length > LARGEST_HEADER or length > size - 8:
        raise ModelFileError("not a model file of nn.save, or cut short: its header should be longer than is possible")
    text = file.read(length)
    if not text.startswith(b"{"):
        raise ModelFileError("not a model file of nn.save: it has no safetensors header")
    header = _parsed(text, "the safetensors header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not isinstance(metadata.get(KEY), str):
        raise ModelFileError("a safetensors file of another program: it says no more than names and numbers")
    stored = _parsed(metadata[KEY], "the header of the model")
    if set(stored) != {"checksum", "content"} or not isinstance(stored["content"], dict):
        raise ModelFileError("the header of the model is damaged: take another copy of the file")
    expected = 8 + length + _data_size(header)
    if size != expected:
        raise ModelFileError(f"the file is cut short or damaged: expected {expected} bytes, got {size}")
    return start + text + file.read(expected), stored


def _data_size(header: Mapping[str, Any]) -> int:
    """Return how many bytes the tensors take, which have to be float64; the package checks the rest."""
    ends = [0]
    for name, entry in header.items():
        offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
        if not isinstance(offsets, list) or [type(x) for x in offsets] != [int, int] or entry.get("dtype") != "F64":
            raise ModelFileError(f"the tensor {name!r:.60} is not a float64 tensor: {entry!r:.60}")
        ends.append(offsets[1])
    return max(ends)


def _parsed(text: str | bytes, what: str) -> dict[str, Any]:
    """Return a JSON object in which no key comes twice."""
    try:
        parsed = json.loads(text if isinstance(text, str) else text.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{what} is damaged or foreign: {error!s:.200}") from None
    if not isinstance(parsed, dict):
        raise ModelFileError(f"{what} is damaged or foreign: {parsed!r:.60} is not a JSON object")
    return parsed


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, x in pairs:
        if key in found:
            raise ValueError(f"the key {key!r:.60} comes twice")
        found[key] = x
    return found


def _checksum(content: dict[str, Any], arrays: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content and of the name, shape and bytes of every tensor."""
    digest = hashlib.sha256(json.dumps(content).encode())
    for name, array in sorted(arrays.items()):
        digest.update(json.dumps([name, array.shape]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _packages() -> tuple[Any, Any]:
    try:
        return import_module("numpy"), import_module("safetensors.numpy")
    except ImportError as error:
        raise needs("save", f"model files need safetensors and NumPy ({error})", error.name or "safetensors") from error
