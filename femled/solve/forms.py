"""Compiled forms: each is compiled once per version of the tools, under a lock, and a killed compile leaves no trap.

The form compiler locks with the source file itself: a run that is killed while compiling leaves a `.c` without
`.c.cached`, and every later run would wait for it and fail. While femled holds its own lock (which the system releases
when its holder dies), such a file is stale by construction and is removed.
"""

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.regions import Domain, ufl
from femled.errors import SetupError

dolfinx = backend.load()

from dolfinx import fem  # noqa: E402
from dolfinx.fem import forms as dolfinx_forms  # noqa: E402
from dolfinx.la import InsertMode  # noqa: E402

__all__ = [
    "CompiledTerm",
    "Meshed",
    "assembled_vector",
    "cache_folder",
    "cell_entities",
    "compile_form",
    "facet_entities",
    "fem",
    "remove_stale",
]


class Meshed(Protocol):
    """What a form is tied to: a mesh and its communicator."""

    @property
    def mesh(self) -> Any:
        """The DOLFINx mesh."""

    @property
    def comm(self) -> MPI.Comm:
        """Its communicator."""


LOCK_TIMEOUT = 300.0
"""[s] A compile takes 10 s at most; longer than this, another process holds the lock without working."""

_COMPILER = {
    "language": "C",
    "epsilon": 1e-14,
    "scalar_type": np.float64,
    "sum_factorization": False,
    "table_rtol": 1e-6,
    "table_atol": 1e-9,
    "verbosity": 30,
    "part": "full",
}
"""All options, so that an options file lying in the working folder changes nothing."""


@cache
def cache_folder() -> Path:
    """Folder of the compiled forms of this very combination of versions; $FEMLED_CACHE_DIR moves it.

    Raises:
        SetupError: it cannot be made or written.
    """
    from importlib.metadata import version

    import platformdirs

    root = Path(os.environ.get("FEMLED_CACHE_DIR") or platformdirs.user_cache_dir("femled", appauthor=False))
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    folder = root / f"forms-{python}-dolfinx{dolfinx.__version__}-ffcx{version('fenics-ffcx')}-{platform.machine()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"cache folder {folder} cannot be made ({error.strerror}): set FEMLED_CACHE_DIR") from None
    if not os.access(folder, os.W_OK):
        raise SetupError(f"cache folder {folder} cannot be written: set FEMLED_CACHE_DIR")
    return folder


def remove_stale(folder: Path) -> list[Path]:
    """Delete half-compiled forms; to be called only while holding the lock of the folder."""
    stale = [source for source in folder.glob("*.c") if not source.with_suffix(".c.cached").exists()]
    for source in stale:
        for leftover in folder.glob(f"{source.stem}*"):
            leftover.unlink(missing_ok=True)
    return stale


def compile_form(comm: Any, form: Any) -> Any:
    """The compiled form, from the cache or freshly made.

    Args:
        comm: MPI communicator; rank 0 compiles, the others then read.
        form: a form on an abstract mesh.

    Raises:
        SetupError: no compiler, no Python headers, disk full, or the lock is held for too long.
    """
    return _compiled(comm.py2f() if comm.size > 1 else MPI.COMM_SELF.py2f(), form)  # every mesh has its own of size 1


@cache
def _compiled(handle: int, form: Any) -> Any:
    comm, folder = MPI.Comm.f2py(handle), cache_folder()
    if comm.rank == 0:
        lock = FileLock(folder / "lock", timeout=LOCK_TIMEOUT)
        try:
            with lock:
                remove_stale(folder)
                return _compile(folder, form)
        except Timeout:
            reason = f"has been held for {LOCK_TIMEOUT:.0f} s by another process: end it, or set FEMLED_CACHE_DIR"
            raise SetupError(f"{folder / 'lock'} {reason}") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise SetupError(f"{folder / 'lock'} cannot be used ({reason}): set FEMLED_CACHE_DIR") from None
        finally:
            comm.barrier()
    comm.barrier()
    return _compile(folder, form)


def _compile(folder: Path, form: Any) -> Any:
    options = {
        "cache_dir": folder,
        "timeout": 60,
        "cffi_extra_compile_args": ["-O2", "-g0"],
        "cffi_verbose": False,
        "cffi_debug": False,
        "cffi_libraries": [],
    }
    try:
        return fem.compile_form(MPI.COMM_SELF, form, form_compiler_options=_COMPILER, jit_options=options)
    except OSError as error:
        raise SetupError(
            f"forms cannot be compiled into {folder} ({error.strerror or error}): set FEMLED_CACHE_DIR"
        ) from None
    except Exception as error:
        if "CompileError" in f"{type(error).__name__} {error}":
            needs = "a C compiler and the Python headers are needed (femled doctor says how)"
            raise SetupError(f"forms cannot be compiled: {needs}") from None
        raise


@dataclass(frozen=True)
class CompiledTerm:
    """A term of a physics, compiled and ready to be tied to any mesh.

    Args:
        term: with `form`, `data` and `constants`.
        arity: 2 for a matrix, 1 for a vector, 0 for a number.
    """

    term: Any
    arity: int

    def on(
        self,
        domain: Meshed,
        space: Any,
        data: dict[str, Any],
        constants: dict[str, Any] | None = None,
        subdomains: Any = None,
    ) -> Any:
        """The form on a mesh.

        Args:
            domain: the meshed device.
            space: function space of the unknown.
            data: name -> function of each coefficient.
            constants: name -> value of each constant, or the `fem.Constant` itself, to be changed at will.
            subdomains: integration entities of tagged measures.

        Returns:
            a DOLFINx form that can be assembled; change the functions and assemble again at will.
        """
        compiled = compile_form(domain.comm, self.term.form)
        coefficients, values = _order(self.term.form)
        functions = {self.term.data[name]: function for name, function in data.items()}
        given = {
            self.term.constants[name]: value if isinstance(value, fem.Constant) else fem.Constant(domain.mesh, value)
            for name, value in (constants or {}).items()
        }
        places, ffi = compiled.ufcx_form, compiled.module.ffi
        taken = [coefficients[places.original_coefficient_positions[i]] for i in range(places.num_coefficients)]
        tied: Any = dolfinx_forms.form_cpp_creator(np.float64)(
            ffi.cast("uintptr_t", ffi.addressof(places)),
            [space._cpp_object] * self.arity,
            {f"w{i}": functions[one]._cpp_object for i, one in enumerate(taken)},
            {f"c{i}": given[one]._cpp_object for i, one in enumerate(values)},
            {kind: sorted(parts, key=lambda part: part[0]) for kind, parts in (subdomains or {}).items()},
            [],
            domain.mesh._cpp_object,
        )
        return fem.Form(tied, places, compiled.code)


@cache
def _order(form: Any) -> tuple[list[Any], list[Any]]:
    """Coefficients and constants as they are numbered; `fem.create_form` looks for them whenever a form is tied.

    That takes as long as four Newton steps.
    """
    return ufl.algorithms.extract_coefficients(form), ufl.algorithms.analysis.extract_constants(form)


def facet_entities(
    domain: Domain, faces: dict[int, NDArray[np.int32]]
) -> dict[Any, list[tuple[int, NDArray[np.int32]]]]:
    """Integration entities of face measures: number -> facets."""
    topology = domain.mesh.topology
    topology.create_connectivity(topology.dim - 1, topology.dim)
    kind = fem.IntegralType.exterior_facet
    return {
        kind: [
            (number, fem.compute_integration_domains(kind, topology, np.sort(facets)))
            for number, facets in faces.items()
        ]
    }


def cell_entities(domain: Meshed, numbers: tuple[int, ...]) -> dict[Any, list[tuple[int, NDArray[np.int32]]]]:
    """Integration entities of cell measures that all cover the whole mesh, one for every quadrature rule."""
    cells = np.arange(domain.mesh.topology.index_map(domain.mesh.topology.dim).size_local, dtype=np.int32)
    return {fem.IntegralType.cell: [(number, cells) for number in numbers]}


def assembled_vector(form: Any) -> NDArray[np.float64]:
    """(owned and ghosts,) the vector of a linear form; its owned entries are complete."""
    vector = fem.assemble_vector(form)
    vector.scatter_reverse(InsertMode.add)
    return np.array(vector.array)
