"""A function of voltage and temperature as a table that grows where it is asked, with exact slopes at its nodes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Span = tuple[int, int]
Pair = tuple[NDArray[np.intp], NDArray[np.intp]]

ROOT, FINEST = 1.0, 1024
"""[V] width of the intervals of voltage that are halved, and how many of the finest make one."""

WARM_PARTS = 16
"""How many of the finest intervals of temperature make one of those that are halved."""

HALVING = 8.0
"""By which an error falls at least when an interval is halved; 16 where cubics have come near."""

STEEP = 3.0
"""Slope at an end over that of the chord up to which a cubic that rises at both ends rises all the way (fritsch1980)."""

LEVEL = 1e-3
"""Change of the first value over an interval that is none: it need not rise there."""

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


@dataclass
class _Isotherm:
    """Nodes at one temperature; voltages are counted in the finest intervals.

    Args:
        node: of a voltage.
        misfit: as of `Function`.
        tolerance: of the misfit.
        nodes: (values, 4) at every voltage.
        leaves: intervals that need no more nodes -> the interval that was halved to make them.
        halved: intervals that were not enough.
        errors: estimated, of every leaf.
    """

    node: Callable[[float], Array]
    misfit: Callable[[Array, Array], float]
    tolerance: float
    nodes: dict[int, Array] = field(default_factory=dict)
    leaves: dict[Span, Span] = field(default_factory=dict)
    halved: set[Span] = field(default_factory=set)
    errors: dict[Span, float] = field(default_factory=dict)

    def at(self, index: int) -> Array:
        """(values, 4) at a node, computed when it is first asked for."""
        if index not in self.nodes:
            self.nodes[index] = self.node(index * ROOT / FINEST)
        return self.nodes[index]

    def leaf(self, voltage: float) -> Span:
        """The leaf in which a voltage lies, refined until the tolerance is met or the finest interval is reached."""
        count = voltage / ROOT
        low = (math.ceil(count) - 1 if count > 0 else math.floor(count)) * FINEST
        span = (low, low + FINEST)
        while span not in self.leaves:
            if span not in self.halved:
                self._halve(span)
            middle = sum(span) // 2
            span = (span[0], middle) if voltage * FINEST / ROOT < middle else (middle, span[1])
        return span

    def _halve(self, span: Span) -> None:
        """Compute the middle; the halves are leaves if their cubics are good, judged by that of the whole."""
        low, high = span
        middle = (low + high) // 2
        wanted = self.at(middle)[:, 0]
        found = self.along(span, middle * ROOT / FINEST)[0, 0, 0]
        error = self.misfit(found, wanted) / HALVING
        finest = middle - low == 1
        for half in ((low, middle), (middle, high)):
            if finest or (error <= self.tolerance and self._rises(half)):
                self.leaves[half], self.errors[half] = span, error
        self.halved.add(span)

    def _rises(self, span: Span) -> bool:
        """Whether the cubic of the first value rises all the way, where it has to."""
        low, high = self.at(span[0])[0], self.at(span[1])[0]
        change = high[0] - low[0]
        if abs(change) < LEVEL:
            return True
        chord = change / ((span[1] - span[0]) * ROOT / FINEST)
        return bool(change > 0 and 0 <= low[1] <= STEEP * chord and 0 <= high[1] <= STEEP * chord)

    def along(self, span: Span, voltage: float) -> Array:
        """(1, 2, 2, values) at a voltage inside an interval; see `along_voltage`."""
        start, width = span[0] * ROOT / FINEST, np.array([(span[1] - span[0]) * ROOT / FINEST])
        powers = coefficients(self.at(span[0])[None], self.at(span[1])[None], width)
        return along_voltage(powers, np.array([voltage - start]) / width, width)


def coefficients(low: Array, high: Array, width: Array) -> Array:
    """Of the cubics with given values and slopes at both ends, by powers of the share of the interval passed.

    f_0 + s w f_0' + s^2 (3 (f_1 - f_0) - w (2 f_0' + f_1')) + s^3 (2 (f_0 - f_1) + w (f_0' + f_1'))

    Args:
        low: (n, values, 4) nodes at the lower ends.
        high: (n, values, 4) at the upper ends.
        width: (n,), [V].

    Returns:
        (n, 4, values, 2) of f and of df/dx.
    """
    w = width[:, None, None]
    f0, f1, g0, g1 = low[..., 0::2], high[..., 0::2], w * low[..., 1::2], w * high[..., 1::2]
    return np.stack([f0, g0, 3 * (f1 - f0) - 2 * g0 - g1, 2 * (f0 - f1) + g0 + g1], axis=1)


def along_voltage(powers: Array, share: Array, width: Array) -> Array:
    """The cubics (n, 4, values, 2) and their slopes in voltage, (n, 2, 2, values): f and df/dx, each as it is and by u."""
    s = share[:, None, None]
    c0, c1, c2, c3 = powers[:, 0], powers[:, 1], powers[:, 2], powers[:, 3]
    third = c3 * s
    value = ((third + c2) * s + c1) * s + c0
    slope = ((3 * third + 2 * c2) * s + c1) / width[:, None, None]
    return np.stack([value, slope], axis=1).transpose(0, 3, 1, 2)


def between_temperatures(low: Array, high: Array, share: Array, width: Array) -> Array:
    """(n, 2, 2, values) f by nothing and by x, each as it is and by u, between isotherms of `along_voltage`.

    Args:
        low: (n, 2, 2, values) at the lower temperature.
        high: the same at the higher one.
        share: (n,) of the way in x.
        width: (n,) of that way, [1/K].
    """
    s, rest = share, 1.0 - share
    bend = 6.0 * s * rest / width
    weights = np.array(
        [
            [(1 + 2 * s) * rest**2, width * s * rest**2, s**2 * (3 - 2 * s), -width * s**2 * rest],
            [-bend, rest * (1 - 3 * s), bend, s * (3 * s - 2)],
        ]
    )
    ends = np.concatenate([low, high], axis=1).reshape(len(share), 4, -1)
    return np.asarray((weights.transpose(2, 0, 1) @ ends).reshape(len(share), 2, 2, -1))


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
        found = np.clip(np.searchsorted(self.keys, wanted, side="right") - 1, 0, len(self.keys) - 1)
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
        self._isotherms: dict[int, _Isotherm] = {}
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
        known = [
            (float(packed.voltages[n]), float(packed.temperatures[k])) for n, k in zip(which, numbers, strict=True)
        ]
        return known, inverse.reshape(4, -1), np.array(weights)

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
        ready = inside & packed.leaf[first] & packed.leaf[second] & (packed.tested[first] | ~between)
        return ready, (below, above), (first, second)

    def _extend(self, voltage: Array, temperature: Array) -> None:
        """Refine until every place is served."""
        for u, warm in zip(voltage, temperature, strict=True):
            while not self._served(float(u), float(warm)):
                pass

    def _served(self, voltage: float, temperature: float) -> bool:
        """Make one place ready; False if an interval of temperature was halved on the way."""
        place = (temperature - self._start) / self._step * WARM_PARTS
        if place == round(place):
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
        if error <= self._tolerance or span[1] - span[0] <= 2:
            tested[parent] = error
            return True
        self._isotherm(middle)
        del self._tested[span]
        return False

    def _around(self, place: float) -> Span:
        """The numbers of the neighbouring isotherms, those of a whole step where there are none yet."""
        root = math.floor(place / WARM_PARTS) * WARM_PARTS
        known = [n for n in self._isotherms if root <= n <= root + WARM_PARTS]
        return max([root, *(n for n in known if n <= place)]), min(
            [root + WARM_PARTS, *(n for n in known if n > place)]
        )

    def _isotherm(self, number: int) -> _Isotherm:
        if number not in self._isotherms:
            warm = self.temperature(number)
            node = partial(self._node, warm)
            self._isotherms[number] = _Isotherm(node, self._function.misfit, self._tolerance)
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
