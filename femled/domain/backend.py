"""The one place where DOLFINx is first imported: the right wheel in front, the right version, or one clear sentence."""

import os
from contextlib import suppress
from typing import Any

from femled.errors import SetupError

_ADVICE = (
    "pip install 'femled[fenics,mesh]' (Linux x86-64), "
    "or conda install -c conda-forge fenics-dolfinx=0.11 gmsh python-gmsh"
)


def load() -> Any:
    """The dolfinx package, imported so that PETSc leaves signals to Python.

    Raises:
        SetupError: DOLFINx is missing, of another version, or built for complex numbers.
    """
    # PETSc's own handlers would abort the process on SIGTERM before any clean-up.
    os.environ.setdefault("PETSC_OPTIONS", "-no_signal_handler")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with suppress(ImportError):  # a conda environment has dolfinx without it
        import dolfinx_solver  # noqa: F401  the wheel has to come before dolfinx and petsc4py
    try:
        import dolfinx
    except ImportError as error:
        raise SetupError(f"DOLFINx cannot be imported ({error}): {_ADVICE}") from None
    version = tuple(int(part) for part in dolfinx.__version__.split(".")[:2])
    if version != (0, 11):
        raise SetupError(f"DOLFINx {dolfinx.__version__} is not 0.11: {_ADVICE}")
    if dolfinx.default_scalar_type(0).dtype.kind != "f":
        raise SetupError(f"this DOLFINx is built for complex numbers, femled needs a real one: {_ADVICE}")
    return dolfinx


load()

from mpi4py import MPI  # noqa: E402  only after the wheel

__all__ = ["MPI", "load"]
