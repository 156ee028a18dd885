"""The reference columns of tests/data/drift_diffusion.json as the package's own models."""

import json
from pathlib import Path

import numpy as np

from femled import Column, Contact, Layer, MobileIon, Semiconductor

DATA = Path(__file__).parent / "data" / "drift_diffusion.json"


def cases(kind):
    """Name -> case of one kind of experiment."""
    known = json.loads(DATA.read_text(encoding="utf-8"))["cases"]
    return {case["name"]: case for case in known if case["experiment"]["kind"] == kind}


def contact(given):
    if given["kind"] == "work function":
        return Contact(work_function_ev=given["work_function_ev"])
    return Contact(kind=given["kind"])


def column(case):
    given = case["column"]
    layers = []
    for layer in given["layers"]:
        material = dict(layer["material"])
        ions = [
            MobileIon(**{key: value for key, value in ion.items() if value is not None}) for ion in material["ions"]
        ]
        material["ions"] = ions
        chosen = Semiconductor(**{key: value for key, value in material.items() if value is not None})
        layers.append(Layer(name=layer["name"], thickness=layer["thickness"], material=chosen))
    ends = {side: contact(given[side]) for side in ("anode", "cathode")}
    return Column(layers=layers, temperature=given["temperature"], **ends)


def light(case):
    given = case["experiment"].get("generation")
    if given is None:
        return None

    def rate(z):
        depth = np.abs(given["lit_face"] - z)
        inside = (z > given["from"]) & (z < given["to"])
        return np.where(inside, given["rate"] * np.exp(-given["absorption"] * depth), 0.0)

    return rate
