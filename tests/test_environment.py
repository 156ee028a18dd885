"""The two ways to install, pyproject.toml and environment.yml, name the same packages with the same lower bounds."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = ("fenics", "mesh", "viz", "fit", "sweep", "notebook", "test")
CONDA_NAMES = {
    "dolfinx-solver-real": ["fenics-dolfinx"],
    "gmsh": ["gmsh", "python-gmsh"],
    "dask": ["dask", "distributed"],
}
"""What a PyPI package is called on conda-forge, where lower case alone does not tell."""
CONDA_ONLY = {"python", "pip", "petsc"}


def pypi_packages():
    """{name: version condition} of the core and the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    parts = [re.fullmatch(r"([\w.-]+)(?:\[\w+\])?\s*([<>=!~].*)", line) for line in wanted]
    assert None not in parts
    return {part.group(1).lower(): part.group(2).replace(" ", "") for part in parts}


def conda_file():
    """{key: text or list} of the file: a flat mapping whose lists are indented by two blanks."""
    found, key = {}, ""
    for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith("  - "):
            found[key].append(line[4:].strip())
        else:
            key, _, value = line.partition(":")
            assert re.fullmatch(r"\w+", key), f"not understood: {line!r}"
            found[key] = value.strip() or []
    return found


def conda_packages():
    """{name: version condition} of the list; none where any version will do."""
    parts = [re.fullmatch(r"([\w.-]+?)\s*((?:[<>=]).*)?", line) for line in conda_file()["dependencies"]]
    assert None not in parts
    return {part.group(1): (part.group(2) or "").replace(" ", "") for part in parts}


def test_conda_environment_is_called_femled_and_takes_all_from_conda_forge():
    content = conda_file()
    assert set(content) == {"name", "channels", "dependencies"}
    assert content["name"] == "femled"
    assert content["channels"] == ["conda-forge"]


def test_no_package_is_listed_twice_or_left_to_pip():
    lines = conda_file()["dependencies"]
    assert len(conda_packages()) == len(lines)
    assert [line for line in lines if line.endswith(":")] == []


def test_both_name_the_same_packages():
    expected = {conda for name in pypi_packages() for conda in CONDA_NAMES.get(name, [name])}
    assert set(conda_packages()) - CONDA_ONLY == expected


@pytest.mark.parametrize("name", [name for name in pypi_packages() if name != "dolfinx-solver-real"])
def test_lower_bound_is_the_same(name):
    condition = pypi_packages()[name]
    assert re.fullmatch(r">=[\d.]+", condition)
    assert {conda_packages()[conda] for conda in CONDA_NAMES.get(name, [name])} == {condition}


def test_dolfinx_is_of_the_same_series():
    """One patch of the wheel, any patch of that series from conda: the API changes between series only."""
    wheel = re.match(r"==(\d+\.\d+)\.", pypi_packages()["dolfinx-solver-real"]).group(1)
    assert conda_packages()["fenics-dolfinx"] == f"={wheel}"


def test_python_is_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert conda_packages()["python"] == project["requires-python"].replace(" ", "")


def test_petsc_is_the_one_with_real_numbers():
    assert conda_packages()["petsc"] == "=*=real*"


def test_pins_satisfy_the_lower_bounds():
    """constraints.txt is what `./dev setup` installs: no pin below what pyproject.toml asks for."""

    def numbers(version):
        return [int(part) for part in re.findall(r"\d+", version.split("post")[0])]

    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.lower().split("==") for line in lines if "==" in line and not line.startswith("#"))
    bounds = {name: bound for name, bound in pypi_packages().items() if bound.startswith(">=")}
    assert [name for name in bounds if name not in pins] == []
    assert [name for name, bound in bounds.items() if numbers(pins[name]) < numbers(bound)] == []


def test_installed_package_asks_for_the_core():
    """The metadata of the installation under test, made from pyproject.toml, has not been left behind."""
    core = {re.match(r"[\w.-]+", line).group().lower() for line in requires("femled") if "extra ==" not in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert core == {re.match(r"[\w.-]+", line).group().lower() for line in project["dependencies"]}
