"""Light: all modes of a stack beside PyMoosh, and maps of modes over many stacks."""

from collections.abc import Callable, Iterable
from time import perf_counter

import numpy as np

from benchmarks.row import Row, beside, median_seconds
from femled.device import load_pixel
from femled.optics.family import StackFamily, make_family
from femled.optics.mode_map import ModeMap, map_modes
from femled.optics.pixel_stack import pixel_stack
from femled.optics.slab import Modes, find_modes
from femled.optics.stack import Stack
from femled.units import nm

WAVELENGTH = 800 * nm


def _six_films() -> Stack:
    return pixel_stack(load_pixel("elkhouly2024")).at(WAVELENGTH)


def _described(modes: Modes) -> list[tuple[float, ...]]:
    """What is asked of every mode: loss, loss of every layer, confinement in every layer."""
    media = range(len(modes[0].stack.indices)) if modes else ()
    return [(mode.modal_loss, *mode.loss_by_layer, *(mode.confinement(i) for i in media)) for mode in modes]


def elkhouly() -> Iterable[Row]:
    from benchmarks.pymoosh_modes import Verdict, search

    stack = _six_films()
    seconds = median_seconds(lambda: _described(find_modes(stack)), 15)
    modes = find_modes(stack)
    begun = perf_counter()
    returned = {polarization: search(stack, polarization) for polarization in ("TE", "TM")}
    theirs = perf_counter() - begun
    verdict, off = Verdict(), 0.0
    for polarization, values in returned.items():
        true = [mode.effective_index for mode in modes if mode.polarization == polarization]
        verdict.add(stack, values, true)
        off = max([off, *(min(abs(value - mode) for value in values) for mode in true)])
    balance = max(abs(sum(mode.loss_by_layer) / mode.modal_loss - 1) for mode in modes)
    accuracy = (
        f"{len(modes)} modes (TE0, TM0) with confinement and loss of every layer, complete by winding number; the "
        f"losses of the layers add up to {balance:.0e}; {verdict}; its indices agree to {off:.0e}"
    )
    yield beside("modes/elkhouly", seconds, accuracy, "PyMoosh guided_modes, 40 starts", theirs)


def _family(shape: tuple[int, int]) -> StackFamily:
    """The six films with another thickness of the perovskite and another k of both electrodes."""
    stack = _six_films()
    n, t = [*stack.indices], [*stack.thicknesses]
    k = np.linspace(0.0, 0.03, shape[1])[None, :]
    films = [*n[:1], n[1].real + 1j * k, *n[2:6], n[6].real + 1j * k, n[7]]
    return make_family(films, [t[0], np.linspace(50 * nm, 400 * nm, shape[0])[:, None], *t[2:]], WAVELENGTH, shape)


def _everything(family: StackFamily, polarization: str) -> ModeMap:
    found = map_modes(family, polarization=polarization, modes=None)
    for name in ("modal_loss", "confinement", "gain_confinement", "loss_by_layer"):
        getattr(found, name)
    return found


def mode_map() -> Iterable[Row]:
    family = _family((100, 100))
    seconds = {p: median_seconds(lambda p=p: _everything(family, p), 3) for p in ("TE", "TM")}
    rng, worst, counts, alone = np.random.default_rng(3), 0.0, set(), 0.0
    for polarization in ("TE", "TM"):
        found = _everything(family, polarization)
        edge = np.flatnonzero(np.diff(found.count[:, 0]) != 0)
        sample = [*rng.integers(0, family.size, 20), *(100 * edge + 7), *(100 * edge + 107)]
        begun = perf_counter()
        for position in sample:
            single = find_modes(family.stack(int(position)), polarization=polarization)
            here = found.effective_index.reshape(-1, family.size)[:, position]
            assert found.count.ravel()[position] == len(single)
            worst = max([worst, *(abs(m.effective_index - v) for m, v in zip(single, here, strict=False))])
        alone = max(alone, (perf_counter() - begun) / len(sample))
        counts |= set(np.unique(found.count).tolist())
    accuracy = (
        f"budget 20 s for 10^4 stacks, here TE; TM {seconds['TM']:.2f} s; all modes with losses and confinements, "
        f"{min(counts)} to {max(counts)} a stack, counted in every stack; within {worst:.0e} of one stack at a time "
        f"({alone:.3f} s each), cut-offs included"
    )
    yield Row("modes/map", seconds["TE"], "s", accuracy)


def pymoosh() -> Iterable[Row]:
    from benchmarks.pymoosh_modes import Verdict, search

    family = _family((6, 5))
    ours, theirs, true_modes, verdict = 0.0, 0.0, 0, Verdict()
    find_modes(family.stack(0))
    for position in range(family.size):
        stack = family.stack(position)
        begun = perf_counter()
        modes = find_modes(stack)
        middle = perf_counter()
        values = {polarization: search(stack, polarization) for polarization in ("TE", "TM")}
        ours, theirs = ours + middle - begun, theirs + perf_counter() - middle
        for polarization, found in values.items():
            verdict.add(stack, found, [mode.effective_index for mode in modes if mode.polarization == polarization])
        true_modes += len(modes)
    accuracy = (
        f"s per stack, TE and TM, {family.size} stacks; {true_modes} modes, complete by winding number; {verdict}"
    )
    ours, theirs = ours / family.size, theirs / family.size
    yield beside("modes/pymoosh", ours, accuracy, "PyMoosh guided_modes, 40 starts", theirs)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"modes/elkhouly": elkhouly, "modes/map": mode_map}
REST: dict[str, Callable[[], Iterable[Row]]] = {"modes/pymoosh": pymoosh}
