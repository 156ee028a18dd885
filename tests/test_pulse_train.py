"""Ions under a train of pulses: against every single cycle of a short train, and pulses among frozen ions."""

import numpy as np
import pytest
from test_ion_drives import led

import femled as fl
from femled.experiments.ion_layer import ion_layer
from femled.experiments.train_cycles import Cycles, TrainShape
from femled.units import ns, us

MESH = 12


@pytest.fixture(scope="module")
def kim():
    """The column of kim2018: electrons stay behind the barrier of TPBi between pulses."""
    return fl.load_pixel("kim2018").column()


def with_diffusivity(column, factor):
    """Its ions faster by a factor."""
    layers = list(column.layers)
    k = ion_layer(column).index
    ions = tuple(ion.replace(diffusivity=factor * ion.diffusivity) for ion in column.semiconductors[k].ions)
    layers[k] = layers[k].replace(material=column.semiconductors[k].replace(ions=ions))
    return column.replace(layers=tuple(layers))


def test_a_cycle_is_the_transient_of_its_drive():
    """M = 1, one cycle: the ions at its end are those of `transient` with the same voltage, 1e-4 of their charge."""
    device = led(diffusivity=1e-16)
    layer = ion_layer(device)
    shape = TrainShape(10 * us, 130 * us, 2.0, 0.0, 5 * ns)
    cycles = Cycles(layer, shape, initial=None, mesh=MESH)
    end = cycles.run(1.0, 1)
    drive = fl.Pulse(amplitude=2.0, width=10 * us, rise_time=5 * ns, fall_time=5 * ns)
    start = fl.relax_ions(device, voltage=0.0, mesh=MESH)
    run = fl.transient(device, voltage=drive, until=shape.period, at=[shape.period], initial=start, mesh=MESH)
    moved = layer.net_density(end) - layer.net_density(start)
    expected = run.series["emitter_vacancy_density"][-1] - start.ion_density["emitter.vacancy"]
    assert np.abs(moved - expected).max() < 2e-2 * np.abs(expected).max()
    assert np.abs(moved - expected).max() < 1e-4 * np.abs(layer.net_density(start)).max()


@pytest.mark.slow
def test_faster_ions_in_fewer_cycles_are_the_same_ions():
    """Ions move as D t: 8 cycles with M = 1 and 2 with M = 4 from the same start, to what M T/tau = 0.1 leaves, 3 %."""
    device = led(diffusivity=1e-16)
    layer = ion_layer(device)
    shape = TrainShape(10 * us, 130 * us, 2.0, 0.0, 5 * ns)
    moved = []
    for factor, count in ((1.0, 8), (4.0, 2)):
        cycles = Cycles(layer, shape, initial=None, mesh=MESH)
        cycles.run(factor, count)
        moved.append(layer.net_charges(cycles.ends[-1]) - layer.net_charges(cycles._first))
    assert moved[1] == pytest.approx(moved[0], rel=3e-2)


def test_no_ion_is_lost_in_a_train():
    run = fl.pulse_train(
        led(diffusivity=1e-17), on=10 * us, off=130 * us, voltage=2.0, speed_up=20.0, cycles=2, mesh=MESH
    )
    assert run.balance.stored == pytest.approx(run.balance.supplied, rel=1e-10)


@pytest.fixture(scope="module")
def train(kim):
    """10 us at 3.2 V every 140 us, in the fewest cycles that settle to a few per cent."""
    return fl.pulse_train(kim, on=10 * us, off=130 * us, voltage=3.2, cycles=12, speed_up=1800.0, mesh=MESH)


def test_a_train_is_not_its_mean_voltage(kim, train):
    """Stored electrons act on the ions during the off time: their charge differs from that at <V> = 0.23 V by > 10 %.

    It is that of a DC bias in between, 0.4 to 1.6 V; the ions of 0 V and of 0.23 V differ among themselves by 9 %.
    """
    layer = ion_layer(kim)
    rest = {v: layer.net_charges(fl.relax_ions(kim, voltage=v, mesh=MESH)) for v in (0.0, 0.23, 0.4, 1.6)}
    charges = float(train.series["kept_net_ion_charges"][1])
    assert charges < 0.9 * rest[0.23]
    assert rest[1.6] < charges < rest[0.4]


def test_state_of_a_train_can_be_used_again(kim, train, tmp_path):
    """Saved, loaded and given to `jv` as frozen ions it returns the pulse of the run, 1e-9."""
    train.save(tmp_path / "train")
    state = fl.train_state(kim, fl.Result.load(tmp_path / "train"))
    again = fl.jv(kim, voltages=[3.2], ions=state, mesh=MESH).series
    assert again["current_density"][0] == pytest.approx(train.series["pulse_current_density"][1], rel=1e-9)
    efficiency = train.series["pulse_internal_quantum_efficiency"][1]
    assert again["internal_quantum_efficiency"][0] == pytest.approx(efficiency, rel=1e-9)


def test_mean_current_of_a_train_is_mostly_that_of_its_pulses(kim, train):
    """Duty 10/140 of the pulse, and what is stored recombines after it: between 0.5 and 1.5 of J t_on/T."""
    mean, pulse = (train.series[f"{name}_current_density"][1] for name in ("mean", "pulse"))
    assert 0.5 < mean / (pulse * 10 / 140) < 1.5
    assert fl.train_state(kim, train).mean_current_density == mean


def test_a_train_draws(train):
    assert train.plot().axes


@pytest.mark.slow
def test_train_ends_where_every_single_cycle_leads(kim):
    """Ions made 500 times faster, tau = 9 T: 80 true cycles one by one from ions at rest at 0.55 V, against M = 1.8.

    Within the change that halving M is reported to make, plus what either still has to go.
    """
    device = with_diffusivity(kim, 500.0)
    layer = ion_layer(device)
    train = fl.pulse_train(device, on=10 * us, off=130 * us, voltage=3.2, speed_up=1.8, mesh=MESH)
    near = fl.relax_ions(device, voltage=0.55, mesh=MESH)
    cycles = Cycles(layer, TrainShape(10 * us, 130 * us, 3.2, 0.0, 5 * ns), initial=near, mesh=MESH)
    brute = cycles.run(1.0, 80)
    state = fl.train_state(device, train)
    widths = np.diff(state.position.reshape(-1, 2), axis=1)[:, 0]
    away = np.abs(layer.net_density(state) - layer.net_density(brute)).reshape(-1, 2).mean(axis=1) @ widths
    charges = layer.net_charges(brute)
    reported = float(train.series["change_by_halving"]) + float(train.series["change_left"])
    assert away / charges < reported + cycles.left() / charges
    assert reported < 0.03
    assert cycles.left() / charges < 0.01


def test_frozen_pulses_are_jv_with_frozen_ions():
    """The same equations in another order, 1e-9; a repeated pulse is one Newton step."""
    device = led()
    states = [fl.relax_ions(device, voltage=voltage, mesh=20) for voltage in (0.0, 2.0)]
    pulses = fl.FrozenPulses(device, ions=states[0], mesh=20)
    for state in states:
        pulses.drift(state)
        for voltage in (4.0, 2.5, 4.0):
            found = pulses.pulse(voltage)
            expected = fl.jv(device, voltages=[voltage], ions=state, mesh=20).series
            assert found.current_density == pytest.approx(expected["current_density"][0], rel=1e-9)
            efficiency = expected["internal_quantum_efficiency"][0]
            assert found.internal_quantum_efficiency == pytest.approx(efficiency, rel=1e-9)
    before = pulses.iterations
    pulses.pulse(4.0)
    assert pulses.iterations == before + 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"edge": 20 * us}, "edge 2e-05 s is longer than on 1e-05 s"),
        ({"cycles": 1}, "cycles 1 must be at least 2"),
        ({"speed_up": 0.5}, "speed_up 0.5 1 is outside"),
    ],
)
def test_bad_trains_are_refused(options, words):
    with pytest.raises(fl.InputError, match=words):
        fl.pulse_train(led(), on=10 * us, off=100 * us, voltage=2.0, **options)
