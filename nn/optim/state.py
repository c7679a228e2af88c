"""The saved state of an optimiser: which part of it belongs to which parameter, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

Named = Sequence[tuple[str, Any]]  # parameters of a model, and their names


def groups_of(state: Mapping[str, Any]) -> list[Any]:
    """Return the groups in a state, each with its settings and size: those it lists, or all parameters as one.

    Raises TypeError for anything else.
    """
    groups = list(state.get("groups", [{"settings": state["settings"], "size": len(state["state"])}]))
    for group in groups:
        given = group if isinstance(group, Mapping) else {}
        size = given.get("size")
        if not isinstance(given.get("settings"), Mapping) or type(size) is not int or size < 1:
            raise TypeError("a group in the state of an optimizer must have 'settings' and a 'size'")
    return groups


def in_order(state: Any, names: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return a state with groups and parameters in the order of these names, those of one group each.

    A state without names, as of Values without labels, is taken to be in order; so is any state if these names
    are empty or come twice. Raises ValueError unless the state has the same names in the same groups, TypeError
    for anything that is not a state.

    >>> state = {"settings": {"lr": 0.1}, "state": [[1.0], [2.0]], "names": ["w", "b"]}
    >>> in_order(state, [["b", "w"]])
    {'settings': {'lr': 0.1}, 'state': [[2.0], [1.0]]}
    """
    given = dict(state) if isinstance(state, Mapping) else {}
    found, own = given.pop("names", None), [name for group in names for name in group]
    if (
        not {"settings", "state"} <= set(given) <= {"settings", "state", "groups"}
        or not isinstance(given["settings"], Mapping)
        or not isinstance(given["state"], (list, tuple))
        or not isinstance(given.get("groups", []), (list, tuple))
    ):
        raise TypeError("expected what state_dict() returns: a dict with 'settings' and 'state'")
    if found is None or not _are_names(own):
        return given
    if not isinstance(found, (list, tuple)) or not _are_names(found) or len(found) != len(given["state"]):
        raise TypeError("the 'names' in the state of an optimizer must give each parameter a different name")
    _check_same(found, own)
    groups = groups_of(given)
    sizes = [group["size"] for group in groups]
    if sum(sizes) != len(found):
        raise ValueError(f"the groups in the state do not have {len(found)} parameters")
    sets = [frozenset(found[end - size : end]) for size, end in zip(sizes, accumulate(sizes), strict=True)]
    if set(sets) != set(map(frozenset, names)):
        raise ValueError("the parameters are grouped in another way than in the state: build the groups as they were")
    place = {name: k for k, name in enumerate(found)}
    given["state"] = [given["state"][place[name]] for name in own]
    if "groups" in given:
        given["groups"] = [groups[sets.index(frozenset(group))] for group in names]
    return given


def named(optimizer: Any, parameters: Named) -> dict[str, Any]:
    """Return the state of an optimizer, with the names of its parameters in a model in place of labels.

    Without names if it moves parameters of other models too, or is no `Optimizer`.
    """
    state = dict(optimizer.state_dict())
    state.pop("names", None)
    names = [name for group in _names_by_group(optimizer, parameters) for name in group]
    return state | ({"names": names} if names and _are_names(names) else {})


def in_order_of(optimizer: Any, parameters: Named, state: Any) -> Any:
    """Return what `named` returned, in the order of an optimizer of the same model.

    Raises ValueError or TypeError for a state of other parameters, and for an optimizer of another model.
    """
    names = _names_by_group(optimizer, parameters)
    if not names:
        return state
    if isinstance(state, Mapping) and "names" in state and any(["" in group for group in names]):
        raise ValueError("the optimizer moves parameters that are not of this model: build it on those of the model")
    return in_order(state, names)


def _names_by_group(optimizer: Any, parameters: Named) -> list[list[str]]:
    """Return the names in a model of the parameters of an optimizer, group by group; "" for those of others."""
    names = {id(parameter): name for name, parameter in parameters}
    return [[names.get(id(x), "") for x in group["params"]] for group in getattr(optimizer, "param_groups", [])]


def _are_names(names: Sequence[Any]) -> bool:
    return all([isinstance(name, str) and name for name in names]) and len(set(names)) == len(names)


def _check_same(found: Sequence[str], own: Sequence[str]) -> None:
    """Raise ValueError unless both are the same names."""
    missing, strangers = [x for x in own if x not in set(found)], [x for x in found if x not in set(own)]
    if not missing and not strangers:
        return
    faults = [
        f"{what} {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}"
        for what, names in (("it lacks", missing), ("it is of", strangers))
        if names
    ]
    raise ValueError(
        f"the state is that of other parameters: {', and '.join(faults)}. Build the optimizer on the parameters it "
        f"was saved with"
    )
