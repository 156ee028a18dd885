"""Dipoles: the whole outcoupling of the transparent pixel, guided modes of every wavelength included."""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.row import Row, median_seconds
from femled.device import load_pixel
from femled.experiments.outcoupling import outcoupling


def elkhouly() -> Iterable[Row]:
    pixel = load_pixel("elkhouly2024")
    found = []
    seconds = median_seconds(lambda: found.append(outcoupling(pixel, wavelengths=51, depths=21)), repeats=3)
    finer = outcoupling(pixel, wavelengths=101, depths=60)
    share, better = (
        dict(zip(run.series["channel"].tolist(), run.series["share"], strict=True)) for run in (found[-1], finer)
    )
    off = max(abs(float(share[name] - better[name])) for name in ("top", "bottom", "substrate", "mode TE0", "mode TM0"))
    open_by = abs(float(np.asarray(found[-1].series["unassigned"])))
    accuracy = (
        f"51 wavelengths x 21 depths, guided modes at each; balance open by {open_by:.0e}; channels within {off:.0e} "
        "of 101 wavelengths x 60 depths; no peer on PyPI"
    )
    yield Row("dipole/elkhouly", seconds, "s", accuracy)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"dipole/elkhouly": elkhouly}
REST: dict[str, Callable[[], Iterable[Row]]] = {}
