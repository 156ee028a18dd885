"""The peer of the current-voltage rows: DEVSIM on the same nodes, with the same physics written out for it.

Boltzmann statistics, SRH and radiative recombination, abrupt band edges, no ions and no doping. Densities are unknowns,
every layer has its own nodes; where layers meet, potential and quasi-Fermi levels are continuous. Lengths in nm,
densities in 1e24/m3, potentials in V.
"""

import math
import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column
from femled.experiments.carrier_state import CarrierState
from femled.materials import Semiconductor

CARRIERS = ("Electrons", "Holes")
UNKNOWNS = ("Potential", *CARRIERS)
DENSITY = 1e24
"""[1/m3]"""

FLUX = ELEMENTARY_CHARGE * DENSITY * 1e-9
"""[A/m2] of a flux of 1e24/m3 nm/s."""


def load() -> Any:
    """DEVSIM with the BLAS that is in the process already; it looks for one by name and is loud about it."""
    import dolfinx_solver

    library = Path(dolfinx_solver.__file__).parent / "lib" / "libopenblas.so.0"
    if library.exists():
        os.environ.setdefault("DEVSIM_MATH_LIBS", str(library))
    with Silence():
        import devsim
    return devsim


class Silence:
    """Nothing reaches the standard output, of C++ neither."""

    def __enter__(self) -> None:
        sys.stdout.flush()
        self._kept, self._void = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(self._void, 1)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 1)
        os.close(self._kept)
        os.close(self._void)


@dataclass(frozen=True)
class Point:
    """At one bias, [A/m2]."""

    total: float
    radiative: float


def numbers(semiconductor: Semiconductor, vt: float) -> dict[str, float]:
    """Of a layer, in nm, 1e24/m3, V and s."""
    s = semiconductor
    middle = (s.conduction_band_ev + s.valence_band_ev) / 2
    middle += vt / 2 * math.log(s.valence_band_density / s.conduction_band_density)
    trap = middle if s.trap_level_ev is None else s.trap_level_ev
    nc, nv = s.conduction_band_density / DENSITY, s.valence_band_density / DENSITY
    return {
        "eps": VACUUM_PERMITTIVITY * s.relative_permittivity / ELEMENTARY_CHARGE * 1e18 / DENSITY,
        "conduction_band": s.conduction_band_ev,
        "valence_band": s.valence_band_ev,
        "conduction_states": nc,
        "valence_states": nv,
        "ni2": nc * nv * math.exp((s.valence_band_ev - s.conduction_band_ev) / vt),
        "electron_mobility": s.electron_mobility * 1e18,
        "hole_mobility": s.hole_mobility * 1e18,
        "radiative": s.radiative_coefficient * DENSITY,
        "traps": 0.0 if s.srh_electron_lifetime is None else 1.0,
        "electron_lifetime": s.srh_electron_lifetime or 1.0,
        "hole_lifetime": s.srh_hole_lifetime or 1.0,
        "trap_electrons": nc * math.exp((trap - s.conduction_band_ev) / vt),
        "trap_holes": nv * math.exp((s.valence_band_ev - trap) / vt),
    }


class DevsimColumn:
    """A column in DEVSIM.

    Args:
        column: without doping.
        nodes: (nodes,), [nm] from the anode, those of the layers' faces among them.
        start: equilibrium on these nodes, from which it starts.
    """

    def __init__(self, column: Column, nodes: np.ndarray, start: CarrierState) -> None:
        self._devsim = load()
        self._column, self._start = column, start
        self._vt = BOLTZMANN * column.temperature / ELEMENTARY_CHARGE
        self._data = [numbers(semiconductor, self._vt) for semiconductor in column.semiconductors]
        self._regions = [layer.name for layer in column.layers]
        with Silence():
            self._build(nodes)
        self._devsim.set_parameter(name="V_t", value=self._vt)
        self._devsim.set_parameter(name="anode_bias", value=0.0)
        self._devsim.set_parameter(name="cathode_bias", value=0.0)
        for region, data in zip(self._regions, self._data, strict=True):
            self._bulk(region, data)
        for number, pair in enumerate(pairwise(self._data)):
            self._interface(f"face{number}", *pair)
        for contact, data in (("anode", self._data[0]), ("cathode", self._data[-1])):
            self._contact(contact, data)

    def _build(self, nodes: np.ndarray) -> None:
        d, mesh = self._devsim, "mesh"
        faces = np.cumsum([0.0, *(layer.thickness * 1e9 for layer in self._column.layers)])
        at = [int(np.abs(nodes - face).argmin()) for face in faces]
        inner = [f"face{i}" for i in range(len(self._regions) - 1)]
        names = [*self._regions, "anode", *inner, "cathode"]
        elements: list[int] = []
        for number, (a, b) in enumerate(pairwise(at)):
            for i in range(a, b):
                elements += [1, number, i, i + 1]
        for number, node in enumerate(at, start=len(self._regions)):
            elements += [0, number, node]
        coordinates = np.column_stack([nodes, np.zeros(len(nodes)), np.zeros(len(nodes))]).ravel().tolist()
        d.create_gmsh_mesh(mesh=mesh, coordinates=coordinates, elements=elements, physical_names=names)
        for region in self._regions:
            d.add_gmsh_region(mesh=mesh, gmsh_name=region, region=region, material="any")
        for name, region in (("anode", self._regions[0]), ("cathode", self._regions[-1])):
            d.add_gmsh_contact(mesh=mesh, gmsh_name=name, name=name, region=region, material="metal")
        for name, (a, b) in zip(inner, pairwise(self._regions), strict=True):
            d.add_gmsh_interface(mesh=mesh, gmsh_name=name, name=name, region0=a, region1=b)
        d.finalize_mesh(mesh=mesh)
        d.create_device(mesh=mesh, device="led")

    def _node(self, region: str, name: str, equation: str, *variables: str) -> None:
        d = self._devsim
        d.node_model(device="led", region=region, name=name, equation=equation)
        for variable in variables:
            slope = f"simplify(diff({equation}, {variable}))"
            d.node_model(device="led", region=region, name=f"{name}:{variable}", equation=slope)

    def _edge(self, region: str, name: str, equation: str, *variables: str) -> None:
        d = self._devsim
        d.edge_model(device="led", region=region, name=name, equation=equation)
        for variable in variables:
            for end in ("@n0", "@n1"):
                slope = f"simplify(diff({equation}, {variable}{end}))"
                d.edge_model(device="led", region=region, name=f"{name}:{variable}{end}", equation=slope)

    def _bulk(self, region: str, data: dict[str, float]) -> None:
        d = self._devsim
        for name in UNKNOWNS:
            d.node_solution(device="led", region=region, name=name)
            d.edge_from_node_model(device="led", region=region, node_model=name)
        for name, value in data.items():
            d.set_parameter(device="led", region=region, name=name, value=value)
        self._node(region, "Charge", "Electrons - Holes", *CARRIERS)
        self._edge(region, "Displacement", "eps*(Potential@n0 - Potential@n1)*EdgeInverseLength", "Potential")
        slowness = "(hole_lifetime*(Electrons + trap_electrons) + electron_lifetime*(Holes + trap_holes))"
        self._node(region, "Radiative", "radiative*(Electrons*Holes - ni2)", *CARRIERS)
        rate = f"(Electrons*Holes - ni2)*(radiative + traps/{slowness})"
        self._node(region, "Loss", rate, *CARRIERS)
        self._node(region, "Gain", f"-{rate}", *CARRIERS)
        for name, value, slope in (
            ("fall", "(Potential@n0 - Potential@n1)/V_t", "V_t^(-1)"),
            ("bernoulli", "B(fall)", "dBdx(fall)/V_t"),
        ):
            for suffix, text in (("", value), (":Potential@n0", slope), (":Potential@n1", f"-({slope})")):
                d.edge_model(device="led", region=region, name=name + suffix, equation=text)
        electrons = "electron_mobility*V_t*EdgeInverseLength*(Electrons@n0*bernoulli - Electrons@n1*(bernoulli + fall))"
        holes = "hole_mobility*V_t*EdgeInverseLength*(Holes@n0*(bernoulli + fall) - Holes@n1*bernoulli)"
        self._edge(region, "ElectronFlux", electrons, "Potential", "Electrons")
        self._edge(region, "HoleFlux", holes, "Potential", "Holes")
        for name, variable, node, edge, update in (
            ("Poisson", "Potential", "Charge", "Displacement", "log_damp"),
            ("ElectronContinuity", "Electrons", "Loss", "ElectronFlux", "positive"),
            ("HoleContinuity", "Holes", "Loss", "HoleFlux", "positive"),
        ):
            d.equation(
                device="led",
                region=region,
                name=name,
                variable_name=variable,
                node_model=node,
                edge_model=edge,
                variable_update=update,
            )

    def _interface(self, name: str, one: dict[str, float], other: dict[str, float]) -> None:
        def scales(band: str, states: str, sign: float) -> tuple[float, float]:
            ratio = one[states] / other[states] * math.exp(sign * (other[band] - one[band]) / self._vt)
            return min(1.0, 1.0 / ratio), min(1.0, ratio)

        d = self._devsim
        for equation, variable, (here, there) in (
            ("Poisson", "Potential", (1.0, 1.0)),
            ("ElectronContinuity", "Electrons", scales("conduction_band", "conduction_states", 1.0)),
            ("HoleContinuity", "Holes", scales("valence_band", "valence_states", -1.0)),
        ):
            model = f"continuous{variable}"
            expression = f"{here!r}*{variable}@r0 - {there!r}*{variable}@r1"
            for suffix, text in (
                ("", expression),
                (f":{variable}@r0", f"{here!r}"),
                (f":{variable}@r1", f"-{there!r}"),
            ):
                d.interface_model(device="led", interface=name, name=model + suffix, equation=text)
            d.interface_equation(device="led", interface=name, name=equation, interface_model=model, type="continuous")

    def _contact(self, contact: str, data: dict[str, float]) -> None:
        d = self._devsim
        level = getattr(self._column, contact).work_function_ev
        n = data["conduction_states"] * math.exp((level - data["conduction_band"]) / self._vt)
        p = data["valence_states"] * math.exp((data["valence_band"] - level) / self._vt)
        for equation, variable, value, flux in (
            ("Poisson", "Potential", f"{level!r} + {contact}_bias", ""),
            ("ElectronContinuity", "Electrons", repr(n), "ElectronFlux"),
            ("HoleContinuity", "Holes", repr(p), "HoleFlux"),
        ):
            name = f"{contact}{variable}"
            for suffix, text in (("", f"{variable} - ({value})"), (f":{variable}", "1")):
                d.contact_node_model(device="led", contact=contact, name=name + suffix, equation=text)
            extra = {"edge_current_model": flux} if flux else {"edge_charge_model": "Displacement"}
            d.contact_equation(device="led", contact=contact, name=equation, node_model=name, **extra)

    def close(self) -> None:
        self._devsim.delete_device(device="led")
        self._devsim.delete_mesh(mesh="mesh")

    def restart(self) -> None:
        """Back to the given equilibrium."""
        s = self._start
        middle = s.position.reshape(-1, 2).mean(axis=1) * 1e9
        low = 0.0
        for region, layer in zip(self._regions, self._column.layers, strict=True):
            high = low + layer.thickness * 1e9
            inside = np.repeat((middle > low) & (middle < high), 2)
            x = self._devsim.get_node_model_values(device="led", region=region, name="x")
            for name, values in (
                ("Potential", s.potential),
                ("Electrons", s.electron_density / DENSITY),
                ("Holes", s.hole_density / DENSITY),
            ):
                found = np.interp(x, s.position[inside] * 1e9, values[inside]).tolist()
                self._devsim.set_node_values(device="led", region=region, name=name, values=found)
            low = high

    def curve(self, voltages: list[float], tolerance: float = 1e-6) -> list[Point]:
        """From equilibrium along the voltages, each started from the one before."""
        points = []
        with Silence():
            self.restart()
            for voltage in voltages:
                self._devsim.set_parameter(name="anode_bias", value=voltage)
                self._devsim.solve(
                    type="dc",
                    solver_type="direct",
                    absolute_error=1e30,
                    relative_error=tolerance,
                    maximum_iterations=100,
                )
                points.append(self._currents())
        return points

    def _currents(self) -> Point:
        d = self._devsim
        fluxes = [
            d.get_contact_current(device="led", contact="cathode", equation=name)
            for name in ("ElectronContinuity", "HoleContinuity")
        ]
        radiative = 0.0
        for region in self._regions:
            rate = np.array(d.get_node_model_values(device="led", region=region, name="Radiative"))
            radiative += float(rate @ np.array(d.get_node_model_values(device="led", region=region, name="NodeVolume")))
        return Point(FLUX * (fluxes[0] - fluxes[1]), FLUX * radiative)
