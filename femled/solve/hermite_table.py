"""A function of voltage and temperature as a table that grows where it is asked, with exact slopes at its nodes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from femled.solve.hermite_isotherm import (
    FINEST,
    ROOT,
    Isotherm,
    Span,
    along_voltage,
    between_temperatures,
    coefficients,
)

Array = NDArray[np.float64]
Pair = tuple[NDArray[np.intp], NDArray[np.intp]]

WARM_PARTS = 16
"""How many of the finest intervals of temperature make one of those that are halved."""

MARGIN = 0.5
"""Of the tolerance, for an error between isotherms: that of one voltage stands for those of two leaves."""

KEY = 4096.0
"""[V] by which the voltages of one temperature lie apart from those of the next in the sorted list of all."""


@dataclass(frozen=True)
class Function:
    """What is tabulated, by voltage u [V] and x = -1/T [1/K].

    Args:
        node: (u, T) -> (values, 4): f, df/du, df/dx, d2f/du dx.
        value: (u, T) -> (values,): f alone.
        misfit: (found, wanted), (values,) each -> error in units in which the tolerance is given.
    """

    node: Callable[[float, float], Array]
    value: Callable[[float, float], Array]
    misfit: Callable[[Array, Array], float]


@dataclass(frozen=True)
class _Packed:
    """All isotherms as arrays, for many places at once.

    Args:
        temperatures: (T,), [K] rising.
        keys: (nodes,) KEY times the number of the temperature, plus the voltage.
        voltages: (nodes,), [V].
        powers: (nodes, 4, values, 2) of the cubics from each node to the next.
        leaf: (nodes,) whether the interval from this node to the next is a leaf.
        tested: (nodes,) whether it also serves on the way to the next temperature.
    """

    temperatures: Array
    keys: Array
    voltages: Array
    powers: Array
    leaf: NDArray[np.bool_]
    tested: NDArray[np.bool_]

    def place(self, number: NDArray[np.intp], voltage: Array) -> NDArray[np.intp]:
        """(n,) node at the lower end of the interval of a voltage, at a temperature."""
        wanted = KEY * number + voltage
        found = np.maximum(np.searchsorted(self.keys, wanted, side="right") - 1, 0)
        last = (self.keys[found] == wanted) & ~self.leaf[found]  # the upper end of the last leaf
        return np.asarray(np.where(last, np.maximum(found - 1, 0), found))


class HermiteTable:
    """Bicubic interpolation in voltage and 1/T between nodes with exact slopes, refined where it is used.

    Intervals of voltage are halved until the cubic through the ends of the parent meets the value in its middle, and
    the first value, if it rises, rises all the way; intervals of temperature until the same holds between isotherms. A
    value depends on where it is asked, hardly on what was asked before: nodes are dyadic. Value and slopes are
    continuous.

    Args:
        function: to be tabulated.
        start: [K] a node.
        step: [K] of the intervals of temperature that are halved.
        tolerance: of the misfit, half of it for each direction.
    """

    def __init__(self, function: Function, *, start: float, step: float, tolerance: float) -> None:
        self._function, self._start, self._step, self._tolerance = function, start, step, tolerance / 2
        self._isotherms: dict[int, Isotherm] = {}
        self._tested: dict[Span, dict[Span, float]] = {}
        self._packed: _Packed | None = None

    @property
    def error(self) -> float:
        """Largest estimated error so far, in units of the misfit: of interpolation in voltage plus that between T."""
        in_voltage = max((max(one.errors.values(), default=0.0) for one in self._isotherms.values()), default=0.0)
        between = max((max(one.values(), default=0.0) for one in self._tested.values()), default=0.0)
        return in_voltage + between

    @property
    def temperatures(self) -> list[float]:
        """[K] of the isotherms, rising."""
        return [self.temperature(number) for number in sorted(self._isotherms)]

    @property
    def nodes(self) -> int:
        """How many there are."""
        return sum(len(one.nodes) for one in self._isotherms.values())

    def temperature(self, number: int) -> float:
        """[K] of a node, counted in the finest intervals from the start."""
        return self._start + number * self._step / WARM_PARTS

    def at(self, voltage: Array, temperature: Array, *, values: int) -> Array:
        """Values and derivatives.

        Args:
            voltage: (n,), [V].
            temperature: (n,), [K].
            values: how many of them, from the first.

        Returns:
            (values, 3, n): f, df/du, df/dT.
        """
        warm = self._rounded(temperature)
        while True:
            if self._packed is not None:
                ready, isotherms, nodes = self._places(self._packed, voltage, warm)
                if ready.all():
                    return _read(self._packed, voltage, warm, isotherms, nodes, values)
                self._extend(voltage[~ready], warm[~ready])
            else:
                self._extend(voltage, warm)
            self._packed = self._pack()

    def corners(self, voltage: Array, temperature: Array) -> tuple[list[tuple[float, float]], NDArray[np.intp], Array]:
        """For what is interpolated linearly: the nodes round every place, after `at` was asked for it.

        Args:
            voltage: (n,), [V].
            temperature: (n,), [K].

        Returns:
            voltage [V] and temperature [K] of the nodes needed; (4, n) which of them; (4, n) with which weight.
        """
        packed = self._packed
        assert packed is not None  # made by `at`
        warm = self._rounded(temperature)
        _, isotherms, nodes = self._places(packed, voltage, warm)
        low, high = (packed.temperatures[one] for one in isotherms)
        between = np.where(low == high, 0.0, (warm - low) / np.where(low == high, 1.0, high - low))
        found, weights = [], []
        for place, share in zip(nodes, (1 - between, between), strict=True):
            start = packed.voltages[place]
            along = (voltage - start) / (packed.voltages[place + 1] - start)
            found += [place, place + 1]
            weights += [share * (1 - along), share * along]
        which, inverse = np.unique(np.array(found), return_inverse=True)
        numbers = (packed.keys[which] / KEY + 0.5).astype(int)
        ends = zip(packed.voltages[which].tolist(), packed.temperatures[numbers].tolist(), strict=True)
        return list(ends), inverse.reshape(4, -1), np.array(weights)

    def _rounded(self, temperature: Array) -> Array:
        """Those next to a place where an isotherm may be, moved onto it."""
        finest = self._step / WARM_PARTS
        rounded = self._start + finest * np.round((temperature - self._start) / finest)
        return np.where(np.abs(temperature - rounded) < 1e-5 * finest, rounded, temperature)

    @staticmethod
    def _places(packed: _Packed, voltage: Array, temperature: Array) -> tuple[NDArray[np.bool_], Pair, Pair]:
        """Where the table is ready; below and above every place the number of the isotherm, and the node on it."""
        warm = packed.temperatures
        last = len(warm) - 1
        below = np.searchsorted(warm, temperature, side="right") - 1
        inside = (below >= 0) & ((below < last) | (temperature == warm[-1]))
        below = np.maximum(below, 0)
        between = temperature > warm[below]
        above = np.where(between, np.minimum(below + 1, last), below)
        first, second = packed.place(below, voltage), packed.place(above, voltage)
        known = (packed.keys[first] <= KEY * below + voltage) & (packed.keys[second] <= KEY * above + voltage)
        ready = inside & known & packed.leaf[first] & packed.leaf[second] & (packed.tested[first] | ~between)
        return ready, (below, above), (first, second)

    def _extend(self, voltage: Array, temperature: Array) -> None:
        """Refine until every place is served."""
        for u, warm in zip(voltage, temperature, strict=True):
            while not self._served(float(u), float(warm)):
                pass

    def _served(self, voltage: float, temperature: float) -> bool:
        """Make one place ready; False if an interval of temperature was halved on the way."""
        place = (temperature - self._start) / self._step * WARM_PARTS
        if place == round(place) and (place in self._isotherms or place % WARM_PARTS == 0):
            self._isotherm(round(place)).leaf(voltage)
            return True
        span = self._around(place)
        low, high = (self._isotherm(number) for number in span)
        parent = low.leaves[low.leaf(voltage)]
        high.leaf(voltage)
        tested = self._tested.setdefault(span, {})
        if parent in tested:
            return True
        middle, centre = sum(span) // 2, sum(parent) / 2 * ROOT / FINEST
        warm = self.temperature(middle)
        ends = [one.along(one.leaf(centre), centre) for one in (low, high)]
        cold = 1 / self.temperature(span[0])
        width = np.array([cold - 1 / self.temperature(span[1])])
        found = between_temperatures(ends[0], ends[1], np.array([cold - 1 / warm]) / width, width)
        error = self._function.misfit(found[0, 0, 0], self._function.value(centre, warm))
        if error <= MARGIN * self._tolerance or span[1] - span[0] <= 2:
            tested[parent] = error
            return True
        self._isotherm(middle)
        del self._tested[span]
        return False

    def _around(self, place: float) -> Span:
        """The numbers of the neighbouring isotherms, those of a whole step where there are none yet."""
        root = math.floor(place / WARM_PARTS) * WARM_PARTS
        known = [n for n in self._isotherms if root <= n <= root + WARM_PARTS]
        below, above = [n for n in known if n <= place], [n for n in known if n > place]
        return max([root, *below]), min([root + WARM_PARTS, *above])

    def _isotherm(self, number: int) -> Isotherm:
        if number not in self._isotherms:
            warm = self.temperature(number)
            node = partial(self._node, warm)
            self._isotherms[number] = Isotherm(node, self._function.misfit, self._tolerance)
        return self._isotherms[number]

    def _node(self, temperature: float, voltage: float) -> Array:
        return self._function.node(voltage, temperature)

    def _pack(self) -> _Packed:
        keys, voltages, nodes, leaf, tested = [], [], [], [], []
        numbers = sorted(self._isotherms)
        for i, number in enumerate(numbers):
            one = self._isotherms[number]
            serving = self._tested.get((number, numbers[i + 1]), {}) if i + 1 < len(numbers) else {}
            starts = {span[0]: parent for span, parent in one.leaves.items()}
            for index in sorted({end for span in one.leaves for end in span}):
                voltages.append(index * ROOT / FINEST)
                keys.append(KEY * i + voltages[-1])
                nodes.append(one.nodes[index])
                leaf.append(index in starts)
                tested.append(index in starts and starts[index] in serving)
        warm = np.array([self.temperature(number) for number in numbers])
        volts, values, leaves = np.array(voltages), np.array(nodes), np.array(leaf)
        width = np.where(leaves, np.roll(volts, -1) - volts, 1.0)
        powers = coefficients(values, np.roll(values, -1, axis=0), width)
        return _Packed(warm, np.array(keys), volts, powers, leaves, np.array(tested))


def _read(
    packed: _Packed,
    voltage: Array,
    temperature: Array,
    isotherms: Pair,
    places: Pair,
    values: int,
) -> Array:
    """(values, 3, n) f, df/du, df/dT where everything is ready."""
    count = len(voltage)
    place = np.concatenate(places)
    start = packed.voltages[place]
    width = packed.voltages[place + 1] - start
    share = (np.concatenate([voltage, voltage]) - start) / width
    both = along_voltage(packed.powers[place, :, :values], share, width)
    low, high = packed.temperatures[isotherms[0]], packed.temperatures[isotherms[1]]
    same = low == high
    step = np.where(same, 1.0, 1 / low - 1 / np.where(same, low + 1.0, high))
    found = between_temperatures(both[:count], both[count:], (1 / low - 1 / temperature) / step, step)
    return np.stack([found[:, 0, 0].T, found[:, 0, 1].T, found[:, 1, 0].T / temperature**2], axis=1)
