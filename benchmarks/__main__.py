"""`./dev bench`: the budget rows; `./dev bench --all`: every row; `./dev bench NAME`: one."""

import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

from benchmarks import (
    carriers,
    dipole,
    electrothermal,
    gain,
    heat,
    ions,
    optics,
    probe,
    reproduce,
    section,
    spreading,
    start,
    threshold,
)

BUDGET = {
    **heat.BUDGET,
    **electrothermal.BUDGET,
    **threshold.BUDGET,
    **optics.BUDGET,
    **dipole.BUDGET,
    **carriers.BUDGET,
    **ions.BUDGET,
    **gain.BUDGET,
    **probe.BUDGET,
    **section.BUDGET,
    **spreading.BUDGET,
    **start.BUDGET,
}
REST = {
    **heat.REST,
    **optics.REST,
    **dipole.REST,
    **carriers.REST,
    **ions.REST,
    **threshold.REST,
    **reproduce.REST,
}


def main(arguments: list[str]) -> int:
    every = BUDGET | REST
    if arguments == ["--all"]:
        chosen = every
    elif arguments:
        groups = {name: name if name in every else name.split("/")[0] for name in arguments}
        unknown = [name for name, group in groups.items() if group not in every]
        if unknown:
            print(f"no benchmark named {unknown[0]!r}; there are: {', '.join(every)}", file=sys.stderr)
            return 2
        chosen = {group: every[group] for group in groups.values()}
    else:
        chosen = BUDGET
    whole = arguments in ([], ["--all"])
    printed = 0
    for measure in chosen.values():
        for row in measure():
            if whole or any(row.name == name or row.name.startswith(f"{name}/") for name in arguments):
                print(row.line(), flush=True)
                printed += 1
    if not printed:
        print(f"no row named {' or '.join(arguments)} among {', '.join(chosen)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
