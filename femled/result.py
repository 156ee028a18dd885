"""What an experiment returns: series with units, fields on their mesh, the exact inputs, balances and sources."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost, Peak
from femled.errors import InputError, ResultFileError, unknown_name
from femled.fields import FieldMesh, read_vtkhdf, write_vtkhdf
from femled.files import reason, whole_file, whole_folder, write_whole
from femled.materials import Reference, reference
from femled.series import Series
from femled.units import text_of

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

_FACTS = ("experiment", "outcome", "warnings", "provenance", "sources", "balance", "cost", "inputs")
SERIES, FIELDS, INPUTS = "series.nc", "fields.vtkhdf", "inputs.json"


@dataclass(frozen=True)
class Result:
    """The outcome of one experiment.

    Args:
        experiment: its name.
        series: over `time` and other coordinates, with units; `data` is the same as an `xarray.Dataset`.
        inputs: the exact inputs, the whole device among them, as JSON-ready values with units.
        sources: bib keys of the numbers this run used, with the status of each.
        outcome: "completed", or what stopped it.
        balance: by two routes; None where there is nothing to balance.
        cost: what it cost.
        warnings: sentences a reader has to know.
        mesh: of the fields; None if the experiment has none.
        fields: name -> (times, nodes), times as in `series`.
        provenance: versions of femled and of what computed.
    """

    experiment: str
    series: Series
    inputs: Mapping[str, Any]
    sources: tuple[tuple[str, str], ...] = ()
    outcome: str = "completed"
    balance: Balance | None = None
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()
    mesh: FieldMesh | None = None
    fields: Mapping[str, Array] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def data(self) -> "xarray.Dataset":
        """Series over `time` and other coordinates; units in the attributes of every variable."""
        return self.series.dataset()

    @cached_property
    def times(self) -> Array:
        """(times,), [s]; the single time "infinite" of a steady state."""
        if "time" not in self.series.coordinates:
            return np.array([np.inf])
        return np.asarray(self.series["time"], dtype=np.float64)

    def _field(self, name: str) -> tuple[FieldMesh, Array]:
        if self.mesh is None or name not in self.fields:
            raise unknown_name("field", name, self.fields)
        return self.mesh, self.fields[name]

    def peak(self, name: str = "temperature", *, region: str = "emitter") -> Peak:
        """The largest value of a field in a region over all times kept, at interior quadrature points.

        Raises:
            InputError: no such field or region.
        """
        mesh, values = self._field(name)
        found, places = mesh.peak(values, region)
        i = int(found.argmax())
        return Peak(float(found[i]), _unit_of(name), float(self.times[i]), tuple(float(x) for x in places[i]))

    def mean(self, name: str = "temperature", *, region: str = "emitter") -> "xarray.DataArray":
        """Volume mean of a field over a region, against time.

        Raises:
            InputError: no such field or region.
        """
        mesh, values = self._field(name)
        return self._over_time(mesh.mean(values, region), name)

    def at(self, name: str = "temperature", *, r: float = 0.0, z: float) -> "xarray.DataArray":
        """A field at one place, against time.

        Args:
            name: of the field.
            r: [m] radius; has to be left out in a column.
            z: [m] height above the base of the substrate.

        Raises:
            InputError: no such field, or a place outside the section.
        """
        mesh, values = self._field(name)
        place = [r, z] if mesh.nodes.shape[1] == 2 else [z]
        return self._over_time(mesh.interpolate(values, np.array([place]))[..., 0], name)

    def radial_profile(
        self, name: str = "temperature", *, region: str = "emitter", time: float | None = None, points: int = 201
    ) -> "xarray.DataArray":
        """A field against radius at mid-height of a layer.

        Args:
            name: of the field.
            region: a layer that is flat.
            time: [s] the nearest time kept is taken; the last one by default.
            points: number of radii, crowded at the rim of the region.

        Raises:
            InputError: no such field or region, or a column.
        """
        import xarray

        mesh, values = self._field(name)
        if mesh.nodes.shape[1] == 1:
            raise InputError("radial_profile: a column has no radius")
        nodes = mesh.nodes[np.unique(mesh.cells[mesh.cells_of(region)])]
        outer, z = nodes[:, 0].max(), (nodes[:, 1].min() + nodes[:, 1].max()) / 2
        radii = (
            outer * np.sin(np.linspace(0, np.pi / 2, points)) if region == "emitter" else np.linspace(0, outer, points)
        )
        i = len(self.times) - 1 if time is None else int(np.abs(self.times - time).argmin())
        profile = mesh.interpolate(values[i], np.column_stack([radii, np.full(points, z)]))
        coordinates = {"r": ("r", radii, {"units": "m"}), "time": self.times[i]}
        return xarray.DataArray(profile, dims="r", coords=coordinates, name=name, attrs={"units": _unit_of(name)})

    def decay(self, fraction: float = 0.1) -> float:
        """Time from the end of the heating until the mean emitter rise has fallen to a fraction of what it was.

        Args:
            fraction: between 0 and 1.

        Returns:
            [s]; infinite if it has not fallen that far by the end of the run.

        Raises:
            InputError: a fraction out of range, no pulse, or no time kept while it lasted.
        """
        if not 0 < fraction < 1:
            raise InputError(f"fraction {fraction} is outside 0 .. 1")
        if "heating_ends" not in self.series.attributes:
            raise InputError(f"decay: {self.experiment} has no end of heating")
        rise = self.series["emitter_temperature_rise"]
        stop = float(self.series.attributes["heating_ends"])
        heated = np.flatnonzero(self.times <= stop * (1 + 1e-9))
        if len(heated) == 0:
            raise InputError(f"decay: no time was kept up to the end of heating at {text_of(stop, 's', 6)}")
        i = int(heated[-1])
        later = np.flatnonzero(rise[i:] <= fraction * rise[i])
        if len(later) == 0:
            return np.inf
        j = i + int(later[0])
        log_t = np.interp(np.log(fraction * rise[i]), np.log(rise[[j, j - 1]]), self.times[[j, j - 1]])
        return float(log_t) - stop

    def energy_balance(self) -> Balance:
        """What was supplied, stored and removed.

        Raises:
            InputError: this experiment balances nothing.
        """
        if self.balance is None:
            raise InputError(f"{self.experiment} has no energy balance")
        return self.balance

    def citations(self) -> list[Reference]:
        """The papers and tables behind the numbers this run used."""
        return [reference(key) for key in dict.fromkeys(key for key, _ in self.sources)]

    def plot(self, name: str | None = None, **options: Any) -> "Figure":
        """The figure of the experiment, or of a field or series by name; `femled.plotting` says what there is."""
        from femled.plotting import plot_result

        return plot_result(self, name, **options)

    def save(self, folder: str | PathLike[str], *, figures: Mapping[str, "Figure"] | None = None) -> Path:
        """Write series (NetCDF), fields (VTKHDF) and exact inputs (JSON) into a folder, all of them or none.

        Args:
            folder: made if it is not there.
            figures: name -> figure, saved beside as PNG.

        Raises:
            ResultFileError: a file cannot be written; none is left half-written.
        """
        facts = {
            "experiment": self.experiment,
            "outcome": self.outcome,
            "warnings": self.warnings,
            "provenance": dict(self.provenance),
            "sources": self.sources,
            "balance": asdict(self.balance) if self.balance else None,
            "cost": asdict(self.cost) if self.cost else None,
            "inputs": self.inputs,
        }
        texts = {key: json.dumps(fact) for key, fact in facts.items()}
        with whole_folder(folder) as path:
            if self.mesh is not None:
                write_vtkhdf(path / FIELDS, self.mesh, self.times, dict(self.fields))
            write_whole(path / INPUTS, (json.dumps(self.inputs, indent=2, ensure_ascii=False) + "\n").encode())
            try:
                with whole_file(path / SERIES) as temporary:
                    self.data.assign_attrs(texts).to_netcdf(temporary, engine="h5netcdf")
            except ResultFileError:
                raise
            except (RuntimeError, ValueError) as error:  # how h5netcdf reports a full disk
                raise ResultFileError(path / SERIES, f"cannot be written ({reason(error)})") from None
            for name, figure in (figures or {}).items():
                figure.savefig(path / f"{name}.png", format="png")
        if self.mesh is None:  # what an older result left there
            (Path(folder) / FIELDS).unlink(missing_ok=True)
        return Path(folder)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises:
            ResultFileError: no such result, cut short, or not written by femled.
        """
        import xarray

        path = Path(folder)
        if not (path / SERIES).is_file():
            raise ResultFileError(path, f"holds no result ({SERIES} is missing)")
        try:
            with xarray.open_dataset(path / SERIES, engine="h5netcdf") as opened:
                data = opened.load()
            facts = {key: json.loads(str(data.attrs.pop(key))) for key in _FACTS}
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise ResultFileError(
                path / SERIES, f"is damaged or was not written by femled ({type(error).__name__})"
            ) from None
        mesh, fields = None, dict[str, Array]()
        if (path / FIELDS).is_file():
            mesh, _, fields = read_vtkhdf(path / FIELDS)
        return cls(
            experiment=facts["experiment"],
            series=Series.from_dataset(data),
            inputs=facts["inputs"],
            sources=tuple((key, status) for key, status in facts["sources"]),
            outcome=facts["outcome"],
            balance=Balance(**facts["balance"]) if facts["balance"] else None,
            cost=Cost(**facts["cost"]) if facts["cost"] else None,
            warnings=tuple(facts["warnings"]),
            mesh=mesh,
            fields=fields,
            provenance=facts["provenance"],
        )

    def __repr__(self) -> str:
        axes = [len(c.values) for name, c in self.series.coordinates.items() if name not in ("time", "layer", "mode")]
        extent = " x ".join(map(str, axes)) + " points" if axes else "steady"
        extent = f"{len(self.times)} times" if "time" in self.series.coordinates else extent
        names = ", ".join(self.series.variables)
        device = self.inputs["pixel"]["name"] if "pixel" in self.inputs else "a column"
        return f"<{self.experiment} on {device}, {self.outcome}, {extent}: {names}>"

    def _over_time(self, values: Array, name: str) -> "xarray.DataArray":
        import xarray

        coordinate = {"time": ("time", self.times, {"units": "s"})}
        return xarray.DataArray(values, dims="time", coords=coordinate, name=name, attrs={"units": _unit_of(name)})


def _unit_of(field_name: str) -> str:
    return {"temperature": "K", "potential": "V"}.get(field_name, "")
