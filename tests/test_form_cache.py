"""Compiled forms survive kills, crowds, full disks and stray option files; what goes wrong is said in one line.

Every compile happens in a process of its own, into an empty cache, through a compiler that keeps a log.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from femled import SetupError
from femled.solve.forms import cache_folder, remove_stale

COMPILE = """
import os
import resource
import sys
from femled.domain.regions import Kind
from femled.errors import FemledError
from femled.physics.heat import heat_terms
from femled.solve.forms import compile_form
from mpi4py import MPI

if "LARGEST_FILE" in os.environ:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LARGEST_FILE"]),) * 2)
try:
    form = compile_form(MPI.COMM_WORLD, heat_terms(Kind("interval", False)).storage.form)
except FemledError as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(error.exit_code)
print("compiled", bool(form.ufcx_form))
"""


class Workshop:
    """An empty cache, and a C compiler that writes a line into a log before it compiles (after a nap, if told so)."""

    def __init__(self, folder):
        self.folder, self.cache, self.log = folder, folder / "cache", folder / "log"
        self.log.touch()

    def compiler(self, nap=0):
        script = self.folder / f"cc{nap}"
        script.write_text(f'#!/bin/sh\necho "$*" >> "{self.log}"\n[ {nap} = 0 ] || sleep {nap}\nexec gcc "$@"\n')
        script.chmod(0o755)
        return str(script)

    @property
    def compiles(self):
        return sum(" -c " in f" {line} " for line in self.log.read_text().splitlines())

    def start(self, *, before=(), compiler=None, cwd=None, largest_file=None):
        environment = os.environ | {"FEMLED_CACHE_DIR": str(self.cache), "CC": compiler or self.compiler()}
        environment |= {} if largest_file is None else {"LARGEST_FILE": str(largest_file)}
        return subprocess.Popen(
            [*before, sys.executable, "-c", COMPILE],
            env=environment,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, **options):
        """Exit code and printed text of one process."""
        process = self.start(**options)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return process.returncode, out.strip()


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)


def compiled_files(workshop, pattern):
    return list(workshop.cache.glob(f"forms-*/{pattern}"))


def test_half_compiled_forms_are_removed_and_whole_ones_kept(tmp_path):
    """A source without its .cached mark is stale by construction, with everything made from it."""
    for name in ("whole.c", "whole.c.cached", "whole.so", "half.c", "half.o", "half.cpython.so", "other.txt"):
        (tmp_path / name).touch()
    assert remove_stale(tmp_path) == [tmp_path / "half.c"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.txt", "whole.c", "whole.c.cached", "whole.so"]


def test_second_run_reads_what_the_first_compiled(workshop):
    assert workshop.run() == (0, "compiled True")
    assert workshop.compiles == 1
    assert workshop.run() == (0, "compiled True")
    assert workshop.compiles == 1


@pytest.mark.slow
def test_form_left_half_compiled_is_compiled_again(workshop):
    """What a killed compile leaves: the source, without library and mark. The form compiler alone would wait 60 s."""
    assert workshop.run()[0] == 0
    for path in [*compiled_files(workshop, "*.cached"), *compiled_files(workshop, "*.so")]:
        path.unlink()
    assert compiled_files(workshop, "*.c")
    begun = time.monotonic()
    assert workshop.run() == (0, "compiled True")
    assert time.monotonic() - begun < 30
    assert workshop.compiles == 2


@pytest.mark.slow
def test_process_killed_while_compiling_does_not_poison_the_next(workshop):
    """SIGKILL while the compiler works: the system frees the lock, the next process cleans up and compiles."""
    process = workshop.start(compiler=workshop.compiler(nap=600))
    deadline = time.monotonic() + 60
    while workshop.compiles == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert compiled_files(workshop, "*.c")
    assert not compiled_files(workshop, "*.cached")
    begun = time.monotonic()
    assert workshop.run() == (0, "compiled True")
    assert time.monotonic() - begun < 30


@pytest.mark.slow
def test_two_processes_at_once_compile_once(workshop):
    """The second waits for the lock and reads; the nap makes sure that they meet."""
    crowd = [workshop.start(compiler=workshop.compiler(nap=1)) for _ in range(2)]
    for process in crowd:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, "compiled True"), err
    assert workshop.compiles == 1


@pytest.mark.slow
def test_two_ranks_compile_once(workshop):
    mpiexec = Path(sys.executable).with_name("mpiexec")
    code, out = workshop.run(before=(str(mpiexec), "-n", "2"))
    assert code == 0
    assert out.count("compiled True") == 2
    assert workshop.compiles == 1


def test_options_files_in_the_working_folder_change_nothing(workshop):
    """The form compiler reads options from the working folder; a stray file must move neither cache nor arithmetic."""
    elsewhere = workshop.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dolfinx_jit_options.json").write_text(json.dumps({"cache_dir": str(workshop.folder / "stray")}))
    (elsewhere / "ffcx_options.json").write_text(json.dumps({"scalar_type": "float32", "epsilon": 1e-3}))
    assert workshop.run(cwd=elsewhere) == (0, "compiled True")
    assert not (workshop.folder / "stray").exists()
    (source,) = compiled_files(workshop, "*.c")
    assert "double" in source.read_text()


def says_it_in_one_line(code, out, *words):
    assert code == 3
    assert out.startswith("SetupError: ")
    assert "\n" not in out
    for word in words:
        assert word in out


def test_cache_below_a_file_is_refused_in_one_line(tmp_path, monkeypatch):
    """No folder can be made there: the line names the place and the variable that moves it."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("FEMLED_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(SetupError, match=r"^cache folder .*file.* cannot be made \(.*\): set FEMLED_CACHE_DIR$"):
        cache_folder.__wrapped__()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_cache_without_write_permission_is_refused_in_one_line(workshop):
    assert workshop.run()[0] == 0
    (folder,) = workshop.cache.iterdir()
    folder.chmod(0o555)
    says_it_in_one_line(*workshop.run(), "cannot be written", "FEMLED_CACHE_DIR")


def test_lock_that_cannot_be_opened_is_refused_in_one_line(workshop):
    """A folder shared with others may hold a lock that is not ours to open; here a folder stands in its place."""
    assert workshop.run()[0] == 0
    (folder,) = workshop.cache.iterdir()
    (folder / "lock").unlink(missing_ok=True)
    (folder / "lock").mkdir()
    says_it_in_one_line(*workshop.run(), "FEMLED_CACHE_DIR")


@pytest.mark.slow
def test_full_disk_is_said_in_one_line_and_leaves_no_trap(workshop):
    """No file may grow beyond 2 kB, which is how a full disk feels; with room again the same cache works."""
    says_it_in_one_line(*workshop.run(largest_file=2048), "forms cannot be compiled into", "FEMLED_CACHE_DIR")
    assert workshop.run() == (0, "compiled True")


@pytest.mark.slow
def test_missing_compiler_is_said_in_one_line_and_leaves_no_trap(workshop):
    says_it_in_one_line(*workshop.run(compiler="false"), "C compiler", "femled doctor")
    assert workshop.run() == (0, "compiled True")
