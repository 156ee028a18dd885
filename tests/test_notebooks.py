"""Every notebook runs from top to bottom without a warning, and its text says what it computes."""

from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.md"))


def words(text):
    """Text with its line breaks and runs of blanks made single blanks."""
    return " ".join(text.split())


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def streams(cell, name):
    return [output.text for output in cell.get("outputs", []) if output.get("name") == name]


LONG = ("03_ions_and_field", "04_pulse_history", "05_heat_spreaders", "06_threshold")
"""Half a minute each."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(path, marks=pytest.mark.slow) if path.stem in LONG else path for path in NOTEBOOKS],
    ids=lambda path: path.stem,
)
def executed(request, tmp_path_factory):
    """A notebook after its run in a fresh folder; a cell that raises fails here."""
    notebook = jupytext.read(request.param)
    folder = tmp_path_factory.mktemp(request.param.stem)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        return client.execute()


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the client; those of the notebook are on its own standard error
def test_notebook_runs_without_a_warning(executed):
    noise = [text for cell in executed.cells for text in streams(cell, "stderr")]
    assert noise == []


@pytest.mark.filterwarnings("default")
def test_first_code_cell_holds_the_parameters(executed):
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert tagged(executed, "parameters") == code[:1]


@pytest.mark.filterwarnings("default")
def test_text_quotes_the_numbers_that_were_computed(executed):
    """Every line that a cell tagged "headline" prints stands word for word in the text."""
    text = words("\n".join(cell.source for cell in executed.cells if cell.cell_type == "markdown"))
    lines = [
        line for cell in tagged(executed, "headline") for out in streams(cell, "stdout") for line in out.splitlines()
    ]
    assert lines
    assert [line for line in lines if words(line) not in text] == []


@pytest.mark.filterwarnings("default")
def test_every_figure_appears_once(executed):
    """A cell that draws shows one picture: none is lost to a semicolon, none drawn twice for being left open."""
    for cell in executed.cells:
        pictures = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        draws = cell.cell_type == "code" and ("plot(" in cell.source or "subplots(" in cell.source)
        assert len(pictures) == (1 if draws else 0), cell.source
