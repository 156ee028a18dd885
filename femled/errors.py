"""The errors a person meets: each says in one line what, where, the allowed range and what to do next."""

from collections.abc import Iterable
from difflib import get_close_matches
from os import PathLike


class FemledError(Exception):
    """Anything femled refuses or fails to do. `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(FemledError, ValueError):
    """A value, name or file that cannot be used as given."""

    exit_code = 2


class SetupError(FemledError, RuntimeError):
    """Something is missing on this machine (a library, a compiler, a writable folder)."""

    exit_code = 3


class MeshError(InputError):
    """A mesh that cannot be made, read or trusted."""

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        self.path = str(path)
        self.reason = reason
        super().__init__(f"mesh {self.path}: {reason}")


class ResultFileError(InputError):
    """A result that cannot be read or written."""

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{self.path}: {reason}")


class ConvergenceError(FemledError, ArithmeticError):
    """A solver that could not reach its tolerance.

    Args:
        time: [s] at which it happened; None in a steady solve.
        step: [s] last step tried; None in a steady solve.
        block: the part of the equations that did not converge, in words.
        reason: what was seen (stalled residual, non-finite value, singular matrix).
        advice: what to try next.
        voltage: [V] bias at which it happened, where there is one.
        finished: the result up to there, where there is one.
    """

    def __init__(
        self,
        *,
        time: float | None,
        step: float | None,
        block: str,
        reason: str,
        advice: str,
        voltage: float | None = None,
        finished: object = None,
    ) -> None:
        self.time = time
        self.step = step
        self.block = block
        self.reason = reason
        self.advice = advice
        self.voltage = voltage
        self.finished = finished
        where = "" if time is None else f" at t = {time:.4g} s" + ("" if step is None else f", step {step:.3g} s,")
        where += "" if voltage is None else f" at V = {voltage:.6g} V"
        super().__init__(f'no convergence{where} in block "{block}" ({reason}): {advice}')


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """The refusal of a name that does not exist, with the nearest that do.

    Args:
        kind: what is being named, in words ("material", "region").
        name: the name as given.
        known: the names that exist.
    """
    names = sorted(known)
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.5) or names[:16]
    listed = ", ".join(near) if near else "none exists"
    return InputError(f'no {kind} named "{name}"; nearest: {listed}')
