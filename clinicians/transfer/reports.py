"""Writing down what an import refused, to be mended and fed back."""

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from clinicians.transfer.checking import Checked
from clinicians.transfer.faults import Fault

LINE, ERRORS = "line", "errors"
"""What a report adds to a refused item; an import drops them."""


class Report:
    """The refused items of one import, as CSV if the items were, else as NDJSON.

    Without values a line says line, field and message; with them it is the whole item
    again, with its line and errors. Only its owner may read it.
    """

    def __init__(self, path: str, *, with_values: bool) -> None:
        """Make the file; raises OSError, as for one that is there already."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.path = Path(path)
        self._file: IO[str] = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._with_values = with_values
        self._has_header = False

    def close(self) -> None:
        """Write what is left."""
        self._file.close()

    def add(self, refused: Checked, faults: Iterable[Fault]) -> None:
        """Write down an item."""
        if refused.given.row is not None:
            self._add_rows(refused, list(faults))
        elif self._with_values:
            self._add_json(_mendable(refused.given.value, refused.line, faults))
        else:
            for fault in faults:
                self._add_json(fault.as_json())

    def _add_json(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")

    def _add_rows(self, refused: Checked, faults: list[Fault]) -> None:
        header, cells = refused.given.row or ((), ())
        names = [name for name in header if name not in (LINE, ERRORS)]
        writer = csv.writer(self._file)
        if not self._has_header:
            columns = [ERRORS, *names] if self._with_values else ["field", "message"]
            writer.writerow([LINE, *columns])
            self._has_header = True
        if not self._with_values:
            writer.writerows((each.line, each.field, each.message) for each in faults)
            return
        kept = [
            cell
            for place, cell in enumerate(cells)
            if place >= len(header) or header[place] in names
        ]
        errors = "; ".join(fault.as_text(with_values=True) for fault in faults)
        writer.writerow([refused.line, errors, *kept])


def _mendable(value: Any, line: int, faults: Iterable[Fault]) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    for fault in faults:
        errors.setdefault(fault.field, []).append(fault.detail)
    item = value if isinstance(value, dict) else {"given": value}
    return {**item, LINE: line, ERRORS: errors}
