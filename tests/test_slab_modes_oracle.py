"""The stored modes of planar stacks against published digits, closed forms and identities, and a few made anew."""

import json
from cmath import sqrt

import pytest
from mpmath import mp, mpc, mpf
from oracles.slab_modes_guides import guides
from oracles.slab_modes_oracle import DATA, admittance_gap, count, guide_of, mismatch, modes, problem

CASES = {f"{case['name']}, {case['kind']}": case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"]}
REFERRED = [name for name, case in CASES.items() if "references" in case]

# Chilwell & Hodgkinson, J. Opt. Soc. Am. A 1, 742 (1984), to twelve decimals; the leaky ones to as many as are known.
PUBLISHED = {
    "silicon slab in glass, TE, bound": ["2.84748554"],
    "silicon slab in glass, TM, bound": ["2.05309751"],
    "Chilwell, TE, bound": ["1.622728682324", "1.605275698095", "1.557136152294", "1.503587112023"],
    "Chilwell, TM, bound": ["1.620031318473", "1.594788478273", "1.554980689613", "1.501817804938"],
}
PUBLISHED_LEAKY = {
    "Chilwell leaky, TE, leaky": [("1.461856641446", "0.00715587065"), ("1.382489223034", "0.0181658774")],
    "Chilwell leaky, TM, leaky": [("1.451534978453", "0.0119235986"), ("1.370664375127", "0.0301420629")],
}


def number(pair):
    """The stored digits, all of them."""
    with mp.workdps(40):
        return mpc(*(mpf(part) for part in pair))


def rounded(text, like):
    """A stored number rounded to as many decimals as the published one has."""
    decimals = len(like.split(".")[1])
    return f"{float(text):.{decimals}f}"


def test_file_holds_the_cases_that_are_described():
    assert [guide.name for guide in guides()] == [case["name"] for case in CASES.values()]
    assert all(guide_of(case).search == guide.search for case, guide in zip(CASES.values(), guides(), strict=True))


@pytest.mark.parametrize("name", PUBLISHED)
def test_bound_modes_have_the_published_digits(name):
    stored = [real for real, _ in CASES[name]["modes"]]
    assert [rounded(real, published) for real, published in zip(stored, PUBLISHED[name], strict=True)] == PUBLISHED[
        name
    ]


@pytest.mark.parametrize("name", PUBLISHED_LEAKY)
def test_leaky_modes_have_the_published_digits(name):
    assert len(CASES[name]["modes"]) == 5
    for stored, published in zip(CASES[name]["modes"], PUBLISHED_LEAKY[name], strict=False):
        assert tuple(rounded(text, like) for text, like in zip(stored, published, strict=True)) == published


def test_one_metal_interface_has_its_closed_form():
    """n_eff = sqrt(ea eb/(ea + eb)), in a stack whose second interface is none."""
    (stored,) = CASES["one Ag interface, TM, bound"]["modes"]
    metal = -19 + 0.53j
    assert complex(*map(float, stored)) == pytest.approx(sqrt(metal * 4 / (metal + 4)), rel=1e-15)
    assert complex(*map(float, stored)) == pytest.approx(2.250645814842191 + 0.008362465303485j, abs=2e-15)


@pytest.mark.parametrize(
    ("one", "other"), [("Chilwell", "Chilwell upside down"), ("Chilwell leaky", "Chilwell leaky upside down")]
)
def test_stack_upside_down_has_the_same_modes(one, other):
    kind = "leaky" if "leaky" in one else "bound"
    for polarization in ("TE", "TM"):
        a, b = (CASES[f"{name}, {polarization}, {kind}"]["modes"] for name in (one, other))
        assert [[part[:24] for part in pair] for pair in a] == [[part[:24] for part in pair] for pair in b]


@pytest.mark.parametrize(
    "name",
    [
        "silicon on glass under air, TM, bound",
        "film with k = 0.5, TE, bound",
        "Ag film of 10 nm in glass, TM, bound",
        "nothing guided, TM, bound",
    ],
)
def test_stored_modes_are_found_anew(name):
    """Counted by the winding number, divided into boxes and polished, as when the file was made."""
    case = CASES[name]
    found = modes(guide_of(case))
    assert len(found) == len(case["modes"])
    assert all(abs(new - number(old)) < 1e-24 for new, old in zip(found, case["modes"], strict=True))


@pytest.mark.parametrize("name", CASES)
def test_stored_modes_solve_both_equations(name):
    """One Newton step from the stored 25 digits, by differences, is below 1e-22 in either form."""
    case = CASES[name]
    with mp.workdps(80):
        p = problem(guide_of(case))
        for pair in case["modes"][:3]:
            n_eff, h = number(pair), mpf(10) ** -30
            for equation in (mismatch, admittance_gap):
                value = equation(p, n_eff)
                slope = (equation(p, n_eff + h) - value) / h
                assert abs(value / slope) < 1e-22


def test_close_pair_is_two_modes():
    """A box of 1e-9 round the pair that is 1e-10 apart turns twice."""
    case = CASES["two slabs 3055 nm apart, TE, bound"]
    first, second = (number(pair) for pair in case["modes"])
    assert 5e-11 < first.real - second.real < 2e-10
    with mp.workdps(60):
        r, middle = mpf("1e-9"), (first + second).real / 2
        assert count(problem(guide_of(case)), (middle - r, middle + r, -r, r / 2), pieces=8) == 2


@pytest.mark.parametrize("name", REFERRED)
def test_derivatives_keep_the_identities_of_scale(name):
    """Scaling all indices with the wavelength, or all lengths, changes nothing but the unit.

    Sum_j n_j d n_eff/d n_j = n_eff - lambda d n_eff/d lambda = n_g,    Sum_j t_j d n_eff/d t_j = n_g' - n_eff
    with n_g' - n_eff = -lambda d n_eff/d lambda
    """
    case = CASES[name]
    for pair, row in zip(case["modes"], case["references"], strict=True):
        n_eff, group = number(pair), number(row["group_index"])
        indices = [mpc(*index) for index in case["indices"]]
        weighted = mp.fsum(n * number(d) for n, d in zip(indices, row["index_derivative"], strict=True))
        assert abs(weighted - group) < 1e-15 * abs(group)
        stretched = mp.fsum(
            mpf(t) * number(d) for t, d in zip(case["thicknesses_m"], row["thickness_derivative_per_m"], strict=True)
        )
        assert abs(stretched - (group - n_eff)) < 1e-14 * abs(group)


@pytest.mark.parametrize("name", [name for name in REFERRED if name.endswith("bound")])
def test_intensity_is_shared_out_entirely_and_by_the_gain_in_te(name):
    """Shares add up to 1; TE, lossless: d n_eff/d n_j = n_j share_j/n_eff, as fields are real."""
    case = CASES[name]
    lossless = not any(k for _, k in case["indices"])
    for pair, row in zip(case["modes"], case["references"], strict=True):
        shares = [mpf(share) for share in row["intensity_confinement"]]
        assert abs(mp.fsum(shares) - 1) < 1e-15
        if case["polarization"] == "TE" and lossless:
            for (n, _), share, slope in zip(case["indices"], shares, row["gain_confinement"], strict=True):
                assert abs(n * share / mpf(pair[0]) - mpf(slope)) < 1e-15
