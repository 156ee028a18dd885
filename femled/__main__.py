"""The `femled` program: a small parent that owns the signals, and a child that does the work.

A direct solve does not see Ctrl-C before it returns, and that can take minutes. The parent waits; on SIGINT or SIGTERM
it gives the child a moment to clean up, then ends it. Under MPI the launcher is the parent.
"""

import os
import signal
import sys
import time

GRACE = 0.7
"""[s] for the child to clean up after a signal."""

_MPI_MARKS = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "HYDI_CONTROL_FD")


def main() -> None:
    """Run the command line and exit with its code."""
    if os.name != "posix" or any(mark in os.environ for mark in _MPI_MARKS):
        sys.exit(_work())
    child = os.fork()  # before anything is imported: nothing but this file has run
    if child == 0:
        die_with_parent()
        os._exit(_work())
    sys.exit(_supervise(child))


def _work() -> int:
    from femled.cli import run

    code = 1
    try:
        code = run(sys.argv[1:])
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (BrokenPipeError, ValueError):
                code = 1
    return code


def _supervise(child: int) -> int:
    """Wait for the child; the exit code, 128 + signal if it was stopped."""
    received: list[int] = []

    def pass_on(number: int, _: object) -> None:
        if not received:
            os.kill(child, number)
        received.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    deadline = float("inf")
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done == child:
            break
        if received and deadline == float("inf"):
            deadline = time.monotonic() + GRACE
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.005)
    if received:
        return 128 + received[0]
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def die_with_parent() -> None:
    """Ask the kernel (Linux) to end this process when its parent dies, so that `kill -9` leaves nothing running."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
