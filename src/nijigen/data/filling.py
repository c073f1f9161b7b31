"""Finished pictures into shards, attic and journal, in the order of the source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nijigen.crew import in_order
from nijigen.data.facts import NOTHING, Facts
from nijigen.data.journal import Ledger, Workspace
from nijigen.data.shards import Sample, ShardWriter
from nijigen.data.sources import Entry
from nijigen.data.work import Outcome, Work, process
from nijigen.schema import Labels

CHUNK = 16  # pictures a task at 128 px or less; fewer above, so that tasks in flight stay small


@dataclass
class Filler:
    """Takes outcomes one by one; keeps them or drops them.

    What was dropped by judgement (blurred, a near duplicate …) goes to the attic, finished like the others: so that a
    drop can be taken back without the source. Shards and attic are closed, and the journal written, together.
    """

    workspace: Workspace
    ledger: Ledger
    shard: ShardWriter | None = None
    attic: ShardWriter | None = None

    def fill(
        self,
        work: Work,
        entries: list[Entry],
        facts: Mapping[str, Facts],
        given: list[Labels],
        by_tags: list[frozenset[str]],
        workers: int,
        advance: Callable[[int], None],
    ) -> None:
        """Process every entry that the ledger does not know yet.

        Args:
            facts: what the source says of entries, by name.
            given: labels of each entry.
            by_tags: of each entry, the attributes that its free tags alone told, or nothing at all. Tags speak of the
                whole picture: where it shows several faces, they do not say whose hair is pink.
        """
        chunk = max(1, min(CHUNK, CHUNK * 128**2 // work.size**2))
        tasks = (
            (work, [(entry, facts.get(entry.name, NOTHING)) for entry in entries[at : at + chunk]])
            for at in range(self.ledger.next, len(entries), chunk)
        )
        position = self.ledger.next
        try:
            for results in in_order(process, tasks, workers):
                for outcomes in results:
                    labels = given[position]
                    if len(outcomes) > 1 and by_tags and by_tags[position]:
                        labels = {name: value for name, value in labels.items() if name not in by_tags[position]}
                    for outcome in outcomes:
                        self.take(entries[position].name, labels, outcome)
                    position += 1
                    if any(writer is not None and writer.full for writer in (self.shard, self.attic)):
                        self.record(position)
                advance(len(results))
            if position > self.ledger.next:
                self.record(position)
        finally:
            for writer in (self.shard, self.attic):
                if writer is not None:
                    writer.abandon()

    def record(self, position: int) -> None:
        """Close what is open, then tell the journal."""
        shard, attic, self.shard, self.attic = self.shard, self.attic, None, None
        line = self.ledger.take_news(position, shard.close() if shard else None, attic.close() if attic else None)
        self.workspace.record(line)

    def take(self, name: str, given: Labels, outcome: Outcome) -> None:
        """Keep or drop one picture of an entry."""
        ledger, file = self.ledger, name + outcome.part
        row: dict[str, Any]
        labels = given if outcome.labels is None else given | outcome.labels
        if outcome.reason:
            row = {"file": file, "reason": outcome.reason, "detail": outcome.detail}
            ledger.drop(row | {"labels": labels} if labels else row)
            return
        twin = ledger.twin(outcome.file_digest, outcome.pixel_digest)
        if twin is not None:
            self._drop_duplicate(twin, file, labels)
            return
        copy = ledger.copy_of(outcome.file_digest, outcome.pixel_digest)
        if copy is not None:
            ledger.drop(
                {"file": file, "reason": "exact_duplicate", "of": copy} | ({"labels": labels} if labels else {})
            )
            return
        double = None if outcome.judged else ledger.double(outcome.mark)
        if double is not None and _contradict(ledger.labels[double], labels):
            double = None  # one drawing with another mouth: what a thumbnail cannot tell, the labels do
        if outcome.judged or double is not None:
            reason = outcome.judged[0] if outcome.judged else "near_duplicate"
            row = {"file": file, "reason": reason, "detail": outcome.detail if outcome.judged else ""}
            if double is not None:
                row["of"] = ledger.files[double]
            elif len(outcome.judged) > 1:
                row["also"] = list(outcome.judged[1:])
            ledger.drop(row | {"labels": labels} if labels else row)
            self._put_away(file, labels, outcome, reason)
            return
        number = ledger.keep(file, labels, outcome.file_digest, outcome.pixel_digest, outcome.mark)
        if self.shard is None:
            self.shard = ShardWriter(self.workspace.folder / f"shard-{len(ledger.shards):05d}.tar")
        self.shard.add(Sample(f"{number:08d}", outcome.suffix, outcome.data, labels, file, outcome.notes))

    def _put_away(self, file: str, labels: Labels, outcome: Outcome, reason: str) -> None:
        self.ledger.put_away(file, outcome.file_digest, outcome.pixel_digest)
        if self.attic is None:
            self.attic = ShardWriter(self.workspace.folder / f"attic-{len(self.ledger.attic):05d}.tar")
        key = f"a{len(self.ledger.attic):05d}-{self.attic.count:08d}"
        self.attic.add(Sample(key, outcome.suffix, outcome.data, labels, file, outcome.notes | {"reason": reason}))

    def _drop_duplicate(self, twin: int, file: str, labels: Labels) -> None:
        """The first of two equal pictures stays; it takes over labels that only the second has."""
        ledger = self.ledger
        kept = ledger.labels[twin]
        row: dict[str, Any] = {"file": file, "reason": "exact_duplicate", "of": ledger.files[twin]}
        conflict = {name: [kept[name], value] for name, value in labels.items() if kept.get(name, value) != value}
        if conflict:
            row["labels_conflict"] = conflict
        new = {name: value for name, value in labels.items() if name not in kept}
        if new:
            ledger.merge(twin, kept | new)
        ledger.drop(row)


def _contradict(one: Labels, other: Labels) -> bool:
    """Whether an attribute has two values."""
    return any(one.get(name, value) != value for name, value in other.items())
