"""The commands about this machine: what is missing, and compiling ahead."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Annotated

from cyclopts import Parameter

APT = "on Debian or Ubuntu: sudo apt-get install"


def doctor(
    *, json_: Annotated[bool, Parameter(name="--json", help="print JSON and nothing else", negative="")] = False
) -> int:
    """What femled needs on this machine, and how to get what is missing.

    Returns:
        0 if everything that computing needs is there, 3 otherwise.
    """
    rows = []
    for name, needed, check in CHECKS:
        problem = check()
        rows.append({"part": name, "ok": not problem, "needed": needed, "advice": problem})
    if json_:
        import json

        print(json.dumps(rows))  # noqa: T201
    else:
        for row in rows:
            mark = "ok" if row["ok"] else "MISSING" if row["needed"] else "missing, optional"
            print(f"{row['part']}: {mark}" + (f" - {row['advice']}" if row["advice"] else ""))  # noqa: T201
    return 3 if any(row["needed"] and not row["ok"] for row in rows) else 0


def warmup() -> int:
    """Compile every form now, before a sweep or a course."""
    from femled.domain.backend import MPI
    from femled.domain.regions import Kind
    from femled.physics.heat import heat_terms
    from femled.solve.forms import cache_folder, compile_form

    begun, count = perf_counter(), 0
    for kind in (
        Kind("quadrilateral", axisymmetric=True),
        Kind("triangle", axisymmetric=True),
        Kind("interval", axisymmetric=False),
    ):
        terms = heat_terms(kind)
        for term in (terms.storage, terms.conduction, terms.flow, terms.exchange, terms.load):
            compile_form(MPI.COMM_SELF, term.form)
            count += 1
    print(f"{count} forms ready in {perf_counter() - begun:.1f} s, in {cache_folder()}")  # noqa: T201
    return 0


def _python() -> str:
    return "" if sys.version_info >= (3, 12) else f"Python {sys.version.split()[0]} is too old: install 3.12 or newer"


def _compiler() -> str:
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    return "" if shutil.which(compiler) else f"no C compiler ({compiler}); {APT} gcc"


def _headers() -> str:
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    return "" if header.is_file() else f"no Python headers ({header.name}); {APT} python3-dev"


def _dolfinx() -> str:
    return _try("from femled.domain import backend")


def _gmsh() -> str:
    wanted = "libglu1-mesa libxft2 libxcursor1 libxinerama1 libxrender1"
    problem = _try("import gmsh")
    return problem and f"{problem}; pip install 'femled[mesh]', and {APT} {wanted}"


def _meshio() -> str:
    problem = _try("import meshio")
    return problem and f"{problem}; pip install 'femled[mesh]'"


def _lmfit() -> str:
    problem = _try("import lmfit")
    return problem and f"{problem}; fits need it: pip install 'femled[fit]'"


def _cache() -> str:
    problem = _try("from femled.solve.forms import cache_folder; cache_folder()")
    return "" if "DOLFINx" in problem else problem  # said once already


def _compiles() -> str:
    return _try(
        "import cffi, tempfile; f = cffi.FFI(); f.cdef('int one(void);'); "
        "f.set_source('_femled_probe', 'int one(void){return 1;}'); f.compile(tmpdir=tempfile.mkdtemp())"
    )


def _rendering() -> str:
    # In a child: VTK ends the process with a segmentation fault where no off-screen OpenGL is found.
    problem = _try(
        "import pyvista as pv; p = pv.Plotter(off_screen=True, window_size=(64, 64)); "
        "p.add_mesh(pv.Sphere()); p.screenshot()"
    )
    if "No module" in problem:
        return f"{problem}; pip install 'femled[viz]'; figures use matplotlib"
    return problem and f"no off-screen rendering ({problem}); {APT} libegl1 libosmesa6; figures use matplotlib"


def _salib() -> str:
    problem = _try("import SALib")
    return problem and f"{problem}; sensitivity needs it: pip install 'femled[fit]'"


def _try(code: str) -> str:
    """Run a line in a child; what went wrong in one line, or nothing."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.strip().split("\n") if line.strip()]
    if done.returncode < 0:
        return f"ended by signal {-done.returncode}"
    return lines[-1].split("Error: ", 1)[-1] if lines else f"exit code {done.returncode}"


CHECKS: tuple[tuple[str, bool, Callable[[], str]], ...] = (
    ("Python", True, _python),
    ("C compiler", True, _compiler),
    ("Python headers", True, _headers),
    ("compiling a module", True, _compiles),
    ("DOLFINx", True, _dolfinx),
    ("Gmsh", True, _gmsh),
    ("meshio", False, _meshio),
    ("lmfit", False, _lmfit),
    ("form cache", True, _cache),
    ("off-screen rendering", False, _rendering),
    ("SALib", False, _salib),
)
