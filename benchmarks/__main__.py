"""`./dev bench`: the budget rows; `./dev bench --all`: every row; `./dev bench NAME`: one."""

import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

from benchmarks import carriers, heat, start

BUDGET = {**heat.BUDGET, **carriers.BUDGET, **start.BUDGET}
REST = {**heat.REST, **carriers.REST}


def main(arguments: list[str]) -> int:
    every = BUDGET | REST
    if arguments == ["--all"]:
        chosen = every
    elif arguments:
        unknown = [name for name in arguments if name not in every]
        if unknown:
            print(f"no benchmark named {unknown[0]!r}; there are: {', '.join(every)}", file=sys.stderr)
            return 2
        chosen = {name: every[name] for name in arguments}
    else:
        chosen = BUDGET
    for measure in chosen.values():
        for row in measure():
            print(row.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
