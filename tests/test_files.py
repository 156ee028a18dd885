"""Files are whole or absent: what is left on the disk when a block ends, fails, or may not write at all."""

import pytest

from femled.errors import FemledError, InputError, ResultFileError
from femled.files import whole_file, write_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(target, error):
    with whole_file(target) as temporary:
        temporary.write_bytes(b"half of it")
        raise error


def test_finished_block_leaves_the_file_and_nothing_else(tmp_path):
    with whole_file(tmp_path / "run.nc") as temporary:
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"series")
        assert not (tmp_path / "run.nc").exists()
    assert (tmp_path / "run.nc").read_bytes() == b"series"
    assert names(tmp_path) == ["run.nc"]


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_failed_block_leaves_what_was_there_before(tmp_path, before, error):
    """Also when a signal ends the program: those are no `Exception`."""
    target = tmp_path / "run.nc"
    if before is not None:
        target.write_bytes(before)
    with pytest.raises(error):
        write_half(target, error)
    assert names(tmp_path) == ([] if before is None else ["run.nc"])
    assert before is None or target.read_bytes() == before


def test_reader_keeps_the_file_it_opened_while_it_is_replaced(tmp_path):
    """Renaming takes the name, not the content: whoever reads the old file reads it to its end."""
    target = tmp_path / "run.nc"
    write_whole(target, b"old")
    with target.open("rb") as reader:
        write_whole(target, b"new")
        assert reader.read() == b"old"
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["run.nc"]


def test_old_content_stays_visible_until_the_block_ends(tmp_path):
    target = tmp_path / "run.nc"
    write_whole(target, b"old")
    with whole_file(target) as temporary:
        temporary.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_two_writers_do_not_share_a_temporary_file(tmp_path):
    target = tmp_path / "run.nc"
    with whole_file(target) as one, whole_file(target) as other:
        assert one != other
        one.write_bytes(b"one")
        other.write_bytes(b"other")
    assert target.read_bytes() == b"one"
    assert names(tmp_path) == ["run.nc"]


def test_missing_folders_are_made(tmp_path):
    write_whole(str(tmp_path / "a" / "b" / "x.txt"), b"x")
    assert (tmp_path / "a" / "b" / "x.txt").read_bytes() == b"x"


def test_path_below_a_file_is_refused_in_one_line(tmp_path):
    """What no permission can allow, whoever runs the test: a file is no folder."""
    (tmp_path / "file").write_bytes(b"x")
    for target in (tmp_path / "file" / "x.nc", tmp_path / "file" / "deeper" / "x.nc"):
        with pytest.raises(ResultFileError, match="cannot be written") as refusal:
            write_whole(target, b"y")
        assert str(target) in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert refusal.value.path == str(target)
    assert names(tmp_path) == ["file"]


def test_folder_in_the_way_is_refused_and_stays(tmp_path):
    (tmp_path / "run.nc").mkdir()
    with pytest.raises(ResultFileError, match="cannot be written"):
        write_whole(tmp_path / "run.nc", b"y")
    assert names(tmp_path) == ["run.nc"]


def test_block_that_writes_nothing_is_refused(tmp_path):
    with pytest.raises(ResultFileError, match="cannot be written"), whole_file(tmp_path / "run.nc"):
        pass
    assert names(tmp_path) == []


def test_refused_file_is_bad_input_for_the_command_line():
    assert issubclass(ResultFileError, InputError)
    assert issubclass(InputError, FemledError)
    assert ResultFileError("x", "y").exit_code == 2
