"""Storing checked clinicians of any number: all or none, or batch by batch."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from clinicians.models import Clinician
from clinicians.services.bulk import add_unrecognised_roles
from clinicians.services.insertion import insert_clinicians
from clinicians.transfer.checking import Checked
from clinicians.transfer.empty_store import filled_tables, holds_empty_store
from clinicians.transfer.faults import Fault
from clinicians.transfer.reading import Given
from clinicians.transfer.seen import SeenKeys
from clinicians.transfer.sorting import OnConflict, Sorted, repeated_fault, sort_batch
from clinicians.transfer.staging import StagedImport
from clinicians.transfer.writing import HeldRows, write
from roles.callers import Caller
from roles.models import Role
from users_service.database.connections import require_session
from users_service.database.indexes import without_indexes
from users_service.database.transactions import (
    check_constraints_at_once,
    write_transaction,
)

MOST_REFUSED = 1000
"""So many items are told of before an import of all or none gives up."""

MAX_CHANGED = 20_000
"""More stored clinicians are not changed in one transaction, unless that is asked for:
it would hold their rows for longer than requests wait."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to import."""

    on_conflict: OnConflict = OnConflict.FAIL
    keep_going: bool = False
    """Store what is good, batch by batch; else all or none."""

    dry_run: bool = False
    keep_indexes: bool = False
    """Never drop the indexes of an empty store."""

    hold_rows: bool = False
    """All or none also beyond MAX_CHANGED stored clinicians."""

    keep_newer: bool = False
    """Leave alone who changed in the store later than in the file, and agreements that
    were made here."""


@dataclass
class Summary:
    """What became of the items; in a dry run, what would have."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    erased: int = 0
    """Erased in the store for data protection, and left so."""

    refused: int = 0
    unknown_roles: Counter[str] = field(default_factory=Counter)
    """Names that are no roles, and how many clinicians came with them."""


class Contradicted(Exception):
    """The store was changed meanwhile, in a way that contradicts the file."""


class TooManyChanged(Exception):
    """More than MAX_CHANGED stored clinicians would be changed at once."""

    def __str__(self) -> str:
        return (
            f"More than {MAX_CHANGED:,} stored clinicians would change at once, which "
            "would keep others from changing them for too long."
        )


class _Rollback(Exception):
    """Leaves the transaction of an import that is not to be stored."""


class Import:
    """One import; `summary` counts while it runs.

    `on_refused` is told of every item that is refused, and why.
    """

    def __init__(
        self,
        *,
        actor: Caller,
        options: Options,
        on_refused: Callable[[Checked, list[Fault]], None],
    ) -> None:
        self.actor = actor
        self.options = options
        self.summary = Summary()
        self._on_refused = on_refused
        recognised = Role.objects.recognised().values_list("name", flat=True)
        self._recognised = frozenset(recognised)
        self._is_store_empty = False
        self._refused_lines: set[int] = set()
        self._held = HeldRows()
        self._is_update = options.on_conflict is OnConflict.UPDATE
        self._staged: StagedImport | None = None

    @property
    def rows_held_seconds(self) -> float:
        """For how long a row of a stored clinician was held, the longest time."""
        return self._held.longest

    def run(self, batches: Iterable[list[Checked]]) -> Summary:
        """Store the batches; returns the summary.

        All or none, unless the options say to keep going: then whole batches, and an
        interruption leaves whole batches. Raises Contradicted, having stored nothing,
        for a race that was lost, TooManyChanged before anything is written, and
        ImproperlyConfigured behind a pooler.
        """
        require_session()
        if self.options.keep_going and not self.options.dry_run:
            self._batch_by_batch(batches)
            return self.summary
        is_kept = False
        try:
            self._all_or_none(batches)
            is_kept = True
        except _Rollback:
            is_kept = self.options.dry_run and not self.summary.refused
        finally:
            if not (is_kept or self.options.keep_going):
                self.summary.created = self.summary.updated = 0
        return self.summary

    def _batch_by_batch(self, batches: Iterable[list[Checked]]) -> None:
        seen = SeenKeys(is_searchable=True)
        if self._is_update:
            self._staged = self._empty_stage()
        store = write_transaction(self._store_batch)
        for batch in batches:
            try:
                found, updated = store(batch, seen)
            except IntegrityError:  # somebody was quicker: now it is there to be seen
                found, updated = store(batch, seen)
            finally:
                self._held.end()
            self._count(batch, found, updated)

    def _store_batch(self, batch: list[Checked], seen: SeenKeys) -> tuple[Sorted, int]:
        if self._staged is None:
            return self._take(batch, seen)
        self._staged.clear()
        found, _ = self._take(batch, seen)
        return found, self._write(self._staged)

    def _all_or_none(self, batches: Iterable[list[Checked]]) -> None:
        try:
            if not (self._is_update and Clinician.objects.exists()):
                with transaction.atomic():
                    if self._stores_at_once(batches):
                        return
            self._update_all(batches)
        except IntegrityError:
            raise Contradicted from None

    def _stores_at_once(self, batches: Iterable[list[Checked]]) -> bool:
        """Store batches as they come, where no stored clinician can be changed by that.

        Returns whether it was done: that is for an empty store, and whenever others
        than new clinicians are left as they are.
        """
        may_drop = not (self.options.keep_indexes or self.options.dry_run)
        self._is_store_empty = may_drop and holds_empty_store()
        if self._is_store_empty:  # which nobody else uses meanwhile
            with without_indexes(filled_tables()):
                self._take_all(batches)
        elif not self._is_update:
            check_constraints_at_once()
            self._take_all(batches)
        else:
            return False
        return True

    def _update_all(self, batches: Iterable[list[Checked]]) -> None:
        """Read and compare everything, then store it in one transaction."""
        self._staged = staged = self._empty_stage()
        self._take_all(batches)
        compared = self.summary.updated
        try:
            self.summary.updated = write_transaction(self._write)(staged)
        finally:
            self._held.end()
        self.summary.unchanged += compared - self.summary.updated

    def _empty_stage(self) -> StagedImport:
        return StagedImport(actor=self.actor, keep_newer=self.options.keep_newer)

    def _take_all(self, batches: Iterable[list[Checked]]) -> None:
        seen = SeenKeys(is_searchable=not self._is_store_empty)
        for batch in batches:
            self._count(batch, *self._take(batch, seen))
            self._check_number()
            if self.summary.refused >= MOST_REFUSED and not self.options.keep_going:
                raise _Rollback
        if self._is_store_empty:
            self._refuse_repeated(seen)
        if self.options.dry_run or self.summary.refused:
            raise _Rollback

    def _check_number(self) -> None:
        is_bounded = not (self.options.keep_going or self.options.hold_rows)
        if is_bounded and self.summary.updated > MAX_CHANGED:
            raise TooManyChanged

    def _refuse_repeated(self, seen: SeenKeys) -> None:
        """Refuse what stood in an earlier batch, of which the batches were not told."""
        found: dict[int, list[Fault]] = {}
        for repeated in seen.repeated_across(MOST_REFUSED):
            fault = repeated_fault(repeated)
            if fault.line not in self._refused_lines:
                found.setdefault(fault.line, []).append(fault)
        for line, faults in found.items():
            self._refuse(Checked(Given(line, None, {}), None, []), faults)

    def _take(self, batch: list[Checked], seen: SeenKeys) -> tuple[Sorted, int]:
        """Store or stage what is good of a batch.

        Returns it sorted, and how many stored clinicians change. Of an import of all or
        none nothing more is stored once anything was refused.
        """
        found = sort_batch(
            batch,
            seen=seen,
            on_conflict=self.options.on_conflict,
            is_store_empty=self._is_store_empty,
            keep_newer=self.options.keep_newer,
        )
        if (self.summary.refused or found.faults) and not self.options.keep_going:
            return found, 0
        if self._staged is not None:
            self._staged.add_new(found.new, freed=found.freed)
            return found, self._staged.compare(found.known)
        if self.options.dry_run:
            return found, 0
        self._add_roles({name for each in found.new for name in each["groups"]})
        insert_clinicians(found.new, actor=self.actor, action="clinician.imported")
        return found, 0

    def _write(self, staged: StagedImport) -> int:
        """Store what is staged; returns how many stored clinicians changed."""
        check_constraints_at_once()
        self._add_roles(staged.role_names)
        write(staged, self._held)
        return staged.number_changed()

    def _add_roles(self, names: set[str]) -> None:
        if not names <= self._recognised:
            add_unrecognised_roles(names, self.actor)

    def _count(self, batch: list[Checked], found: Sorted, updated: int) -> None:
        self.summary.read += len(batch)
        self.summary.created += len(found.new)
        self.summary.updated += updated
        self.summary.unchanged += len(found.known) - updated
        self.summary.skipped += found.skipped
        self.summary.erased += found.erased
        for item in (*found.new, *found.known):
            self.summary.unknown_roles.update(set(item["groups"]) - self._recognised)
        by_line = {each.line: each for each in batch}
        for line, faults in sorted(found.faults.items()):
            self._refuse(by_line[line], faults)

    def _refuse(self, refused: Checked, faults: list[Fault]) -> None:
        self.summary.refused += 1
        if self._is_store_empty:  # then there are few, or the import gives up
            self._refused_lines.add(refused.line)
        self._on_refused(refused, faults)
