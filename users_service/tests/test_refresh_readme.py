from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from users_service.management.commands.refresh_readme import diagram, route_table

README = """# Title
<!-- routes -->
stale
<!-- /routes -->
between
<!-- diagram -->
<!-- /diagram -->
end
"""


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(README)
    return path


def test_the_sections_are_rewritten_and_the_rest_stays(readme: Path) -> None:
    call_command("refresh_readme", file=readme)

    assert readme.read_text() == (
        f"# Title\n<!-- routes -->\n{route_table()}\n<!-- /routes -->\nbetween\n"
        f"<!-- diagram -->\n{diagram()}\n<!-- /diagram -->\nend\n"
    )


def test_a_second_time_changes_nothing(readme: Path) -> None:
    call_command("refresh_readme", file=readme)
    first = readme.read_text()
    call_command("refresh_readme", file=readme)
    call_command("refresh_readme", file=readme, check=True)

    assert readme.read_text() == first


def test_a_stale_file_fails_the_check_and_stays(readme: Path) -> None:
    with pytest.raises(CommandError, match="run `make readme`"):
        call_command("refresh_readme", file=readme, check=True)

    assert readme.read_text() == README


@pytest.mark.parametrize("name", ["routes", "diagram"])
def test_a_missing_marker_is_named(readme: Path, name: str) -> None:
    readme.write_text(README.replace(f"<!-- /{name} -->", ""))

    with pytest.raises(CommandError, match=f"<!-- /{name} -->"):
        call_command("refresh_readme", file=readme)


def test_the_table_says_who_may_call() -> None:
    rows = route_table().splitlines()

    assert "| GET | `/running` | anyone |" in rows
    assert "| GET | `/dhos/v1/roles` | any valid token |" in rows
    assert (
        "| PATCH | `/dhos/v1/clinician/{clinician_id}/delete` | "
        "write:gdm_clinician_all or write:send_clinician_all or "
        "(write:gdm_clinician and own) |"
    ) in rows


def test_the_diagram_shows_keys_and_relations() -> None:
    lines = [line.strip() for line in diagram().splitlines()]

    assert lines[:2] == ["```mermaid", "erDiagram"]
    for line in (
        "Clinician {",
        "char uuid PK",
        "char email_address UK",
        "char clinician_id FK",
        "Clinician ||--o{ Product : clinician",
        "Clinician ||--o{ LocationBookmark : clinician",
        "Role ||--o{ ClinicianRole : role",
        "Role }o--o{ Permission : permissions",
    ):
        assert line in lines, line
