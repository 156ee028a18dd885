"""The command line: a table of verbs, each the short name of an experiment or a tool, loaded when it is used."""

import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import Any

from femled.errors import FemledError, unknown_name


@dataclass(frozen=True)
class Verb:
    """One command.

    Args:
        name: as typed.
        target: "module:attribute" of the command.
        help: first line of its docstring.
    """

    name: str
    target: str
    help: str


DESCRIPTION = "Heat, light, carriers and ions in perovskite light-emitting pixels."

VERBS = (
    Verb("heat", "femled.commands:heat", "Temperature of a pixel in and after a pulse of constant power."),
    Verb("heat-steady", "femled.commands:heat_steady", "Steady temperature of a pixel under constant power."),
    Verb("impedance", "femled.commands:impedance", "Thermal impedance Z_th(t) of a pixel and its thermal resistance."),
    Verb(
        "heat-limits",
        "femled.commands_limits:heat_limits",
        "Peak temperature of a pixel and its variants over current density and pulse width, with the line of a limit.",
    ),
    Verb("modes", "femled.commands_optics:modes", "Modes that the stack of a pixel guides."),
    Verb(
        "outcoupling",
        "femled.commands_optics:outcoupling",
        "Share of the recombination events of a pixel that ends in each channel.",
    ),
    Verb(
        "absorption", "femled.commands_optics:absorption", "Share of a pump's light that each layer absorbs, and where."
    ),
    Verb(
        "jv",
        "femled.commands_carriers:jv",
        "Steady current against voltage, what recombines where, and the efficiencies.",
    ),
    Verb("ions", "femled.commands_ions:ions", "Ions after a step of the voltage: how they screen the field."),
    Verb(
        "hysteresis",
        "femled.commands_ions:hysteresis",
        "Current and light in triangular sweeps of the voltage at a rate, from ions at rest at the lower end.",
    ),
    Verb(
        "train",
        "femled.commands_ions:train",
        "Ions that a long train of pulses leaves, from few true cycles with faster ions, and the pulse among them.",
    ),
    Verb(
        "bias-threshold",
        "femled.commands_bias:bias_threshold",
        "Threshold of amplified emission and yield under a pump, as a bias moves the ions: against bias, and in time.",
    ),
    Verb(
        "pulse",
        "femled.commands_pulse:pulse",
        "Current, light and temperature of a pixel in and after an electrical pulse.",
    ),
    Verb(
        "lifetime",
        "femled.commands_fit:lifetime",
        "Decays of photoluminescence after a flash: what takes the carriers, and the lifetimes that are read off.",
    ),
    Verb(
        "fit",
        "femled.commands_fit:fit",
        "Fit of a measured decay, efficiency or spectrum, with errors, intervals and correlations.",
    ),
    Verb(
        "threshold",
        "femled.commands_threshold:threshold",
        "Net modal gain of a pixel in an electrical pulse, and whether it turns positive before the pixel is too hot.",
    ),
    Verb("devices", "femled.commands_device:devices", "The devices that come with femled."),
    Verb("show", "femled.commands_device:show", "A device as a table, and its drawing to scale."),
    Verb("mesh", "femled.commands_device:mesh", "The mesh of a device: its size by region, and as a file."),
    Verb("new", "femled.commands_device:new", "A commented device file to start from."),
    Verb("validate", "femled.commands_device:validate", "Check a device file."),
    Verb("cite", "femled.commands_device:cite", "The sources of the numbers in a device or a saved result."),
    Verb("plot", "femled.commands_device:plot", "Figures of a saved result."),
    Verb("reproduce", "femled.commands_reproduce:reproduce", "The published claims, computed, with verdicts."),
    Verb(
        "doctor", "femled.commands_doctor:doctor", "What femled needs on this machine, and how to get what is missing."
    ),
    Verb("warmup", "femled.commands_doctor:warmup", "Compile every form now, before a sweep or a course."),
)


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        0 done, 1 a verdict failed, 2 bad input, 3 environment, 130 or 143 stopped.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: small matrices are slower on many threads
    if arguments in ([], ["--help"], ["-h"]):
        _print_help()
        return 0
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.unraisablehook = _raise_again
    import cyclopts

    app = cyclopts.App(
        name="femled",
        help=DESCRIPTION,
        version=_version,
        help_format="plaintext",
    )
    for verb in VERBS:
        app.command(verb.target, name=verb.name, help=verb.help)
    try:
        if arguments and not arguments[0].startswith("-") and arguments[0] not in (verb.name for verb in VERBS):
            raise unknown_name("verb", arguments[0], [verb.name for verb in VERBS])
        code: Any = app(_one_text(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        return int(code or 0)
    except (cyclopts.CycloptsError, FemledError) as error:
        text = " ".join(str(error).split())
        _say(f"femled: {text.removeprefix('Invalid value for ')}")
        return getattr(error, "exit_code", 2)
    except ImportError as error:
        missing = error.__cause__ if isinstance(error.__cause__, FemledError) else error
        _say(f"femled: {missing}; femled doctor says what is missing")
        return 3
    except KeyboardInterrupt:
        _say("femled: stopped")
        return 130
    except _TerminatedError:
        _say("femled: terminated")
        return 143
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  nobody reads any more
        return 0


def _one_text(arguments: list[str]) -> list[str]:
    """The two words of `--ions frozen-at "0 V"` as one text."""
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in ("frozen-at", "--ions=frozen-at") and not word.startswith("--"):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


class _TerminatedError(BaseException):
    """SIGTERM arrived. Not an `Exception`: nothing on the way may take it for a fault of its own."""


def _terminate(*_: object) -> None:
    raise _TerminatedError


def _raise_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """A stop that arrived while Python ran a destructor is lost there: send it once more, a moment later."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt | _TerminatedError):
        number = signal.SIGINT if isinstance(unraisable.exc_value, KeyboardInterrupt) else signal.SIGTERM
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
    else:
        sys.__unraisablehook__(unraisable)


def _print_help() -> None:
    """The table of verbs, without loading what only a verb needs."""
    width = max(len(verb.name) for verb in VERBS) + 2
    lines = [f"  {verb.name:<{width}}{verb.help}" for verb in VERBS]
    usage = [
        "Usage: femled VERB [ARGUMENTS]",
        "",
        DESCRIPTION,
        "",
        *lines,
        "",
        "femled VERB --help lists the options of a verb.",
    ]
    print("\n".join(usage))  # noqa: T201


def _version() -> str:
    import femled

    return femled.__version__


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
