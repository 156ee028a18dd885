"""A published claim, what was computed for it, and the verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Verdict = Literal["match", "consistent", "needs input", "contradicts"]
FAILED = "failed"
"""In place of a verdict where the computation ended with an error."""

RANK: dict[str, int] = {FAILED: -1, "contradicts": 0, "needs input": 1, "consistent": 2, "match": 3}


@dataclass(frozen=True)
class Input:
    """A number that a claim was computed from.

    Args:
        name: what it is.
        value: with its unit.
        status: published, literature, assumed or calibrated.
    """

    name: str
    value: str
    status: str


@dataclass(frozen=True)
class Finding:
    """What came out.

    Args:
        computed: in words and numbers with units.
        verdict: match (within the stated band), consistent (an inequality, trend or order of magnitude holds), needs
            input (the paper leaves open what decides it) or contradicts.
        deviation: relative deviation from the published number, or the test that was applied.
        inputs: what it was computed from.
    """

    computed: str
    verdict: Verdict
    deviation: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Claim:
    """A quantitative statement of a paper.

    Args:
        id: of the claims table.
        source: bib key.
        published: the statement.
        compute: returns the finding.
        figure: draws the published against the computed, where a picture says more than the row.
        group: name of what neighbours in the table share; their module if not given.
    """

    id: str
    source: str
    published: str
    compute: Callable[[], Finding]
    figure: "Callable[[], Figure] | None" = None
    group: str = ""

    def failed_row(self, reason: str) -> dict[str, Any]:
        """The row of a claim that could not be computed.

        Args:
            reason: what happened.
        """
        return {
            "id": self.id,
            "source": self.source,
            "published": self.published,
            "computed": f"not computed: {reason}",
            "deviation": "",
            "verdict": FAILED,
            "inputs": {},
        }

    def row(self) -> dict[str, Any]:
        """The claim with its finding, JSON-ready."""
        found = self.compute()
        by_status: dict[str, list[str]] = {}
        for item in found.inputs:
            by_status.setdefault(item.status, []).append(f"{item.name} = {item.value}")
        return {
            "id": self.id,
            "source": self.source,
            "published": self.published,
            "computed": found.computed,
            "deviation": found.deviation,
            "verdict": found.verdict,
            "inputs": by_status,
        }
